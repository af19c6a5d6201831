"""A ticket's history in German."""

from services.gateway.tickets.sentences.german import course, desk, reports, talk

TELLERS = (course.tell, talk.tell, desk.tell, reports.tell)
