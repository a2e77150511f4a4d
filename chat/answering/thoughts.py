"""Takes away the thoughts between <think> and </think> with which some servers let an answer begin."""

BEGIN, END = "<think>", "</think>"


class Thoughts:
    """Reads an answer's words until its thoughts, if it has any at its very beginning, are over."""

    def __init__(self) -> None:
        self.are_over = False
        self._is_inside = False
        self._held = ""  # what cannot be told yet

    def feed(self, words: str) -> str:
        """Return the words that are surely part of the answer; they may be cut anywhere."""
        if self.are_over:
            return words
        self._held += words
        if not self._is_inside:
            begun = self._held.lstrip()
            if begun and not begun.startswith(BEGIN[: len(begun)]):
                return self._over(self._held)
            self._is_inside = begun.startswith(BEGIN)
            if not self._is_inside:
                return ""
        _, end, answer = self._held.partition(END)
        if not end:
            self._held = self._held[-len(END) :]
            return ""
        # The empty lines that part thoughts from answer may come in a later piece.
        if answer := answer.lstrip():
            return self._over(answer)
        self._held = END
        return ""

    def flush(self) -> str:
        """Return what was held back of an answer without thoughts; the answer has ended."""
        return "" if self.are_over or self._is_inside else self._over(self._held)

    def _over(self, answer: str) -> str:
        self.are_over, self._held = True, ""
        return answer
