"""Text and names as SQL writes them."""


def identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def quoted(text: str) -> str:
    return "'" + str(text).replace("'", "''") + "'"
