"""What stands under what somebody wrote: signatures and disclaimers, line by line. Pure, linear."""

import re2

from adapters.email.reading.quoting import bare

_LONGEST_LINE = 120


def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    options.dot_nl = True
    options.log_errors = False
    return re2.compile(pattern, options)


# RFC 3676, 4.3 says "-- "; programs lose the blank, phones make a dash of it.
_DELIMITER = _compiled(r"^\s*(?:- )?(?:--|—|–|——|––)\s*$")
_RULE = _compiled(r"^\s*(?:-{3,}|_{3,}|={3,}|\*{3,}|~{3,}|#{3,}|(?:[-_=*~] ){3,}[-_=*~]?)\s*$")
_SENT = (
    "sent|posted|typed|written|envoyée?|enviad[oa]|enviat|inviat[oa]|spedito|gesendet|verschickt"
    "|geschrieben|verzonden|verstuurd|skickat|sendt|lähetetty|wysłan[eoa]|odeslán[oa]|odoslané"
    "|отправлено|надіслано|küldve|trimis|gönderildi|poslano|στάλθηκε|dikirim|đã gửi"
)
_THROUGH = (
    "from|via|with|by|using|on|depuis|de|du|à partir de|avec|desde|con|do|da|dal|dalla|mit|von|vom"
    "|aus|vanaf|vanuit|met|från|ifrån|med|fra|iphonesta|z|ze|od|za|с|из|з|із|через|sa|s|pomocí|din"
)
_PROGRAM = _compiled(
    rf"^[\s(<\[*_]*(?:(?:{_SENT})\s+(?:\pL+\s+){{0,2}}?(?:{_THROUGH})\s.{{1,100}}"
    r"|(?:von|mit) (?:meinem?|meiner|unterwegs|\pL+ für).{1,60}(?:gesendet|geschickt|verschickt)"
    r"|diese (?:nachricht|mail|e-mail) wurde .{1,80}(?:gesendet|verschickt)"
    r"|this (?:e-?mail|message) was (?:sent|written) (?:from|with|on|using) (?:my|an?)\b.{1,80}"
    r"|(?:從|从|来自|發自|发自|寄自)\s?.{1,40}"
    r"|.{0,30}(?:から送信|에서 보냄|에서 보냈습니다|傳送|发送)"
    r"|.{0,30}(?:iphone|ipad|android)['’]?\pL{2,6} gönderildi"
    r"|lähetetty .{1,60}|.{0,12}\boutlook\b.{0,30}\b(?:ios|android).{0,80}"
    r"|yahoo mail: .{1,60})[\s)>\].*_]*$"
)
_DEVICE = _compiled(
    r"\b(?:iphone|ipad|ipod|android|mobile|mobil|mobiltelefon|handy|smartphone|blackberry|galaxy"
    r"|phone|handheld|tablet|outlook)\b"
)
_CONTACT = _compiled(
    r"\+\d[\d\s()./-]{6,}|\b(?:tel|phone|fon|telefon|téléphone|teléfono|telefono|mobil|mobile|fax"
    r"|тел|puh|móvil|cell)\b\.?\s*:?\s*[+(\d]|https?://|\bwww\.|[\w.]@[\w-]+\.|\bgmbh\b|\binc\b"
    r"|\bltd\b|\bllc\b|\bs\.?r\.?l\b|\bs\.a\.|\bsarl\b|\bb\.v\.|\bkft\b|\bs\.r\.o"
)
_DISCLAIMER = _compiled(
    r"confidentiality (?:notice|note)|legal (?:notice|disclaimer)\b.{0,5}\n|^\s*disclaimer\b"
    r"|if you are not (?:the|an) (?:intended|named|correct) (?:recipient|addressee)"
    r"|(?:this|the) (?:e-?mail|message|communication|transmission|information)"
    r".{0,160}(?:confidential|privileged|intended (?:solely|only|exclusively))"
    r"|diese (?:e-?mail|nachricht).{0,160}(?:vertraulich|rechtlich geschützt)"
    r"|nicht der (?:richtige|beabsichtigte|vorgesehene) (?:adressat|empfänger)"
    r"|ce (?:message|courriel|mail|e-mail).{0,200}(?:confidentiel|destinataires?\b)"
    r"|(?:este|esta|el presente) (?:mensaje|correo|e-?mail|mensagem|comunicación)"
    r".{0,200}(?:confidencial|destinatári|destinatari)"
    r"|(?:questo messaggio|questa e-?mail|le informazioni).{0,200}(?:riservat|confidenzial)"
    r"|(?:dit|deze) (?:e-?mail|bericht).{0,200}(?:vertrouwelijk|geadresseerde|uitsluitend bestemd)"
    r"|(?:detta|denna|dette|denne) (?:e-?post|e-?mail|mail|meddelande|meddelelse|melding)"
    r".{0,200}(?:konfidenti|fortrolig|konfidensiel|avsett för|beregnet)"
    r"|tämä (?:viesti|sähköposti).{0,200}(?:luottamuksel|tarkoitettu)"
    r"|(?:ta|niniejsza|treść) (?:wiadomoś\pL+|e-mail).{0,200}(?:poufn|adresat)"
    r"|(?:tento e-mail|tato zpráva|tento email).{0,200}(?:důvěrn|adresát|určen)"
    r"|(?:это|данное|настоящее) (?:сообщение|письмо|электронное).{0,200}"
    r"(?:конфиденциальн|предназначен)"
    r"|bu (?:e-?posta|mesaj|ileti).{0,200}(?:gizli|alıcı)"
    r"|ez az (?:e-?mail|üzenet).{0,200}bizalmas|acest (?:e-?mail|mesaj).{0,200}confiden"
    r"|本(?:邮件|郵件).{0,80}(?:保密|机密|機密)|このメール.{0,80}(?:機密|秘密)|본 메일.{0,80}기밀"
    r"|consider the environment before printing|denken sie an die umwelt|pensez à l.environnement"
    r"|has been (?:checked|scanned) for viruses|virus-free\. ?www|auf viren (?:geprüft|überprüft)"
    r"|virenfrei\. ?www|antivirus.{0,80}avast|stato analizzato|sin virus\. ?www|sans virus\. ?www"
    r"|you received this message because you are subscribed to"
    r"|to unsubscribe from this (?:group|list)|mailing list\n.{0,80}@.{0,120}\n?https?://"
)
_LINK = _compiled(r"<?https?://\S*")
_SHORT_BLOCK, _LONGEST_ADDED = 12, 80


def is_delimiter(line: str) -> bool:
    """``-- ``, and what became of it."""
    return _DELIMITER.match(line[:20]) is not None and len(line) < 20


def is_rule(line: str) -> bool:
    """A line of dashes or the like."""
    return len(line) <= _LONGEST_LINE and _RULE.match(line) is not None


def names_program(line: str) -> bool:
    """``Sent from my …``: a line that the program wrote."""
    text = bare(line)
    return (
        0 < len(text) <= 2 * _LONGEST_LINE
        and len(_LINK.sub("", text)) <= _LONGEST_ADDED
        and _PROGRAM.match(text) is not None
    )


def names_device(line: str) -> bool:
    """A short line about a device, as people add under that of their program."""
    return len(line) <= 60 and _DEVICE.search(line) is not None


def is_disclaimer(paragraph: str) -> bool:
    """Whether lawyers, virus scanners or list servers wrote this paragraph."""
    return _DISCLAIMER.search(paragraph[:2_000]) is not None


def is_card(lines: list[str]) -> bool:
    """Whether what stands under a rule is somebody's card: short lines, a way to reach them."""
    written = [line for line in lines if line.strip()]
    return (
        0 < len(written) <= _SHORT_BLOCK
        and all(len(line) <= _LONGEST_LINE for line in written)
        and _CONTACT.search("\n".join(written)) is not None
    )
