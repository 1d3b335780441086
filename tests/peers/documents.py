"""What the documents tell people to paste, as it is for a given house: the tests run exactly that."""

import re

from house import root

ADDRESS = "allclear.example.com"
KEY = "YOUR-INTEGRATION-KEY"


def snippets(document, language):
    """All blocks of a language in a document of docs/integrations, in order."""
    text = (root() / "docs/integrations" / document).read_text()
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def snippet(document, language, word, house, key):
    """The block with that word in it, with the address and the key of the house filled in."""
    found = [text for text in snippets(document, language) if word in text]
    assert len(found) == 1, f"{len(found)} blocks of {language} in {document} have `{word}`"
    return found[0].replace(ADDRESS, house.host).replace(KEY, key)
