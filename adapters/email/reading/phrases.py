"""What mail programs write around a quoted mail, in the languages they speak. Pure data.

Collected from what Gmail, Outlook, Apple Mail, Thunderbird, Yahoo, ProtonMail, K-9 and webmailers
put into replies and forwards; each pattern is an alternative for google-re2, lower case.
"""

# "On <date>, <name> …": the word that ends an attribution.
WROTE_LAST = (
    "wrote|writes|said|sent|schrieb|schreibt|a écrit|a ecrit|écrit|escribió|escribio|va escriure"
    "|ha scritto|scrive|scriveva|escreveu|schreef"
    "|geschreven|skrev|skreiv|kirjoitti|napisał|napisała|pisze"
    r"|napisał\(a\)|napsal|napsala|napsal\(a\)|napísal|napísal\(a\)|написал|написала"
    r"|написал\(а\)|написав|написала|написа|пише|пишет|írta|ezt írta|a scris|yazdı|şunu yazdı"
    "|έγραψε|כתב|כתבה|كتب|写道|寫道|写|さんは書きました"
    "|は書きました|のメール|님이 작성|viết|đã viết"
    r"|menulis|napisao|napisala|je napisao|je napisao/la|napisal\(-a\)|kirjutas|rašė|rakstīja"
)
# The same where the name comes after the word.
WROTE_WITHIN = (
    "schrieb|schreibt|schreef|skrev|skreiv|napsal|napsala|napsal\\(a\\)|napísal|írta"
    "|kirjoitti|пишет|kirjutas|a écrit|έγραψε|כתב|كتب"
)
# What starts a line that says who wrote when.
OPENERS = (
    "on|am|le|el|il|em|en|den|op|dnia|w dniu|dne|v|v dňu"
    "|на|в|la|a|o|pe|în|pada|vào|dana|kl|kuupäeval"
    "|στις|ב|בתאריך|في|于|於|在|mon|tue|wed|thu|fri|sat|sun"
)
QUOTING = "quoting|zitat von|citando|quoting from|citát|цитата"
WITHOUT_ME = (
    r"\b(?:i|we|you|he|she|they|ich|du|wir|sie|er|je|nous|vous|yo|io) "
    "(?:wrote|said|sent|schrieb|schreibt)"
)

ORIGINAL = (
    "original message|original appointment|reply message|ursprüngliche nachricht|originalnachricht"
    "|ursprünglicher termin|message d'origine|message d’origine|message original|mensaje original"
    "|missatge original|messaggio originale|mensagem original|oorspronkelijk bericht"
    "|origineel bericht|originalmeddelande|ursprungligt meddelande|originalt meddelande"
    "|opprinnelig melding|oprindelig meddelelse|original besked|alkuperäinen viesti"
    "|wiadomość oryginalna|oryginalna wiadomość|původní zpráva|původní e-mail|pôvodná správa"
    "|исходное сообщение|оригинальное сообщение|оригінальне повідомлення|eredeti üzenet"
    "|mesaj original|mesajul original|orijinal mesaj|özgün ileti|orjinal ileti|αρχικό μήνυμα"
    "|הודעה מקורית|الرسالة الأصلية|原始邮件|原始郵件|原邮件|元のメッセージ|원본 메시지|원본 메일"
    "|pesan asli|izvorna poruka|originalna poruka|algne kiri|originele bericht"
)
FORWARDED = (
    "forwarded message|begin forwarded message|forwarded mail|weitergeleitete nachricht"
    "|weitergeleitete mail|anfang der weitergeleiteten nachricht|message transféré"
    "|message réexpédié|message transmis|début du message transféré|début du message réexpédié"
    "|mensaje reenviado|inicio del mensaje reenviado|missatge reenviat|messaggio inoltrato"
    "|inizio messaggio inoltrato|mensagem encaminhada|mensagem reencaminhada"
    "|início da mensagem encaminhada|início da mensagem reencaminhada|doorgestuurd bericht"
    "|begin doorgestuurd bericht|vidarebefordrat meddelande|vidarebefordrat brev"
    "|videresendt melding|videresendt meddelelse|videresendt besked|videresend besked"
    "|välitetty viesti|edelleenlähetetty viesti|välitetty viesti alkaa"
    "|przekazana wiadomość|przesłana wiadomość"
    "|wiadomość przekazana|początek przekazywanej wiadomości"
    "|přeposlaná zpráva|předaná zpráva|preposlaná správa"
    "|пересылаемое сообщение|пересланное сообщение"
    "|начало переадресованного сообщения"
    "|переслане повідомлення|továbbított üzenet|mesaj redirecționat"
    "|mesaj redirectat|iletilen mesaj|yönlendirilen ileti|iletilmiş mesaj|προωθημένο μήνυμα"
    "|הודעה שהועברה|رسالة معاد توجيهها|转发的邮件|转发邮件|轉寄郵件|轉寄的郵件|転送メッセージ"
    "|転送されたメッセージ|전달된 메시지|전달된 메일|proslijeđena poruka|prosleđena poruka"
)
# The fields of a header block, by what they say.
FIELDS = {
    "from": (
        "from|von|de|da|van|från|fra|od|от|від|від кого|от кого|lähettäjä|kimden|gönderen|feladó"
        "|de la|από|מאת|من|发件人|寄件者|寄件人|差出人|送信者"
        "|보낸 사람|보낸사람|expéditeur|mittente"
        "|remitente|remetente|afsender|avsender|avsändare|nadawca|odesílatel|odosielateľ"
        "|отправитель|відправник|dari|từ|šalje|šalje:|saatja|nuo"
    ),
    "date": (
        "date|sent|datum|gesendet|gesendet am|envoyé|envoyé le|date d'envoi|fecha|enviado"
        "|enviado el|enviado em|enviada em|enviat|data|inviato|data invio|verzonden|verzonden op"
        "|skickat|skickat den|sendt|dato|päivämäärä"
        "|lähetetty|päiväys|wysłano|data wysłania|odesláno"
        "|odoslané|отправлено|дата|надіслано|tarih|gönderilme tarihi|gönderildi|gönderim|küldve"
        "|elküldve|dátum|trimis|trimis la|ημερομηνία|στάλθηκε|תאריך|נשלח|التاريخ|تاريخ الإرسال"
        "|发送时间|发送日期|日期|傳送時間|寄件日期|送信日時|日時"
        "|日付|보낸 날짜|날짜|보낸날짜|poslano"
        "|odesláno dne|ngày|tanggal|saadetud|kuupäev"
    ),
    "to": (
        "to|an|à|para|a|aan|naar|till|til|vastaanottaja|do|komu|кому|kime|alıcı|címzett|către"
        "|catre|προς|אל|إلى|收件人|收件者|宛先|받는 사람|받는사람|destinatario|destinataire"
        "|destinatário|per|kepada|đến|prima|saaja"
    ),
    "copy": (
        "cc|bcc|cópia|kopie|kopia|kopi|копия|копія|másolatot kap|抄送|副本|참조|copia|kopio|bilgi"
    ),
    "subject": (
        "subject|betreff|objet|asunto|oggetto|assunto|onderwerp|ämne|emne|aihe|temat|předmět"
        "|predmet|тема|konu|tárgy|subiect|θέμα|נושא|الموضوع|主题|主旨|件名|제목|tema|perihal|chủ đề"
        "|assumpte|teema"
    ),
    "other": (
        "reply-to|responder a|risposta|rispondi a|répondre à|antwort an|antwoord aan|svar til"
        "|importance|wichtigkeit|priority|priorität|organization|attachments|anlagen"
        "|pièces jointes|adjuntos|allegati|message-id|in-reply-to|newsgroups|references"
    ),
}
REPLY_ABOVE = (
    "(?:reply|type your reply|respond|write|enter your reply|your reply).{0,20} above"
    " th(?:is|e) line"
    "|antwort(?:en)?.{0,30} (?:über|oberhalb) dieser (?:linie|zeile)"
    "|(?:répondre|réponse|répondez).{0,30} au-dessus de cette ligne"
    "|(?:responda|respuesta|escriba).{0,40} (?:encima|arriba) de esta línea"
    "|(?:rispondi|risposta|rispondere).{0,40} sopra questa (?:riga|linea)"
    "|(?:responda|resposta|digite).{0,40} acima d(?:esta|essa) linha"
    "|(?:antwoord|typ).{0,30} boven deze (?:regel|lijn)|skriv.{0,30} ovanför den här raden"
    "|skriv.{0,30} over denne linj(?:e|en)|odpowied.{0,30} powyżej tej linii"
    "|ответ.{0,30} выше этой (?:линии|строки)"
)
# A first line that only says that the answers stand further down.
SEE_BELOW = (
    "below|inline|in-line|in line|interleaved|unten|weiter unten|im text|ci-dessous|dans le texte"
    "|plus bas|abajo|más abajo|entre líneas|sotto|di seguito|qui sotto|abaixo|hieronder|onder"
    "|nedan|nedenfor|under|alla|alempana|poniżej|níže|ниже|aşağıda|alább|mai jos|下面|以下|아래"
)
