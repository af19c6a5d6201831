"""A ticket's history in English."""

from services.gateway.tickets.sentences.english import course, desk, reports, talk

TELLERS = (course.tell, talk.tell, desk.tell, reports.tell)
