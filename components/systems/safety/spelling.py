"""Text as it is read: what people do to letters so that a filter does not see a word is undone."""

import re
import unicodedata

__all__ = ["plain", "unread", "words"]

# Letters of other scripts that look like Latin ones, and signs that stand for letters within words.
LOOKALIKES = str.maketrans(
    "авекмнорстухіјѕԁԛԝһαβεηικνορτυχγωℓıƒǀ", "abekmhopctyxijsdqwhabenikvoptuxywlifl"
)  # lower case: texts are folded first
LEET = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "@": "a", "$": "s", "!": "i"}
)
WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*", re.UNICODE)
LEET_WORD = re.compile(r"(?<![#@\w])(?=[\w@$!]*[^\W\d_])(?=[\w@$!]*[0134578@$!][\w@$])[\w@$!]*[\w@$]")
SPACED = re.compile(r"(?<!\w)(?:[^\W\d_][ .\-_*]){2,}[^\W\d_](?!\w)")
WITHIN = re.compile(r"(?<=[^\W\d_])[.*_\-](?=[^\W\d_]\b|[^\W\d_][.*_\-])")
REPEATED = re.compile(r"(\D)\1{2,}")
LETTER, LEARNED = re.compile(r"[^\W\d_]"), re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")  # Latin
ADDRESS = re.compile(r"https?://\S+|www\.\S+")
HANDLE = re.compile(r"(?<!\w)@\w+")
ENTITY = re.compile(r"&#?\w+;")


def plain(text: str) -> str:
    """The text in lower case with what hides words undone.

    Signs without width and accents go, letters of other scripts that look Latin become so, digits and signs within
    words become the letters that they stand for, `h a t e` and `h.a.t.e` become words, and letters that are repeated
    more than twice are there twice.
    """
    text = unicodedata.normalize("NFKD", text.encode("utf-8", "replace").decode("utf-8"))
    text = "".join(
        sign for sign in text if unicodedata.category(sign) not in ("Cf", "Mn", "Cc", "Me") or sign in "\n\t"
    )
    text = ADDRESS.sub(" ", text.casefold()).translate(LOOKALIKES)
    text = ENTITY.sub(" ", text.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'"))
    text = HANDLE.sub(" ", text)
    text = SPACED.sub(lambda found: re.sub(r"[ .\-_*]", "", found[0]), text)
    text = WITHIN.sub("", text)
    text = LEET_WORD.sub(lambda found: found[0].translate(LEET), text)
    return " ".join(REPEATED.sub(r"\1\1", text).split())


def words(text: str) -> list[str]:
    """The words of a plain text."""
    return WORD.findall(text)


def unread(text: str) -> float:
    """The share of letters in scripts that nothing was learned of; 0 where there are no letters."""
    text = unicodedata.normalize("NFKC", text)
    letters = len(LETTER.findall(text))
    return 1 - len(LEARNED.findall(text)) / letters if letters else 0.0
