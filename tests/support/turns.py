"""Threads that take turns: every interleaving of their steps can be walked, one by one."""

from collections.abc import Callable
from threading import Condition, Thread


class Crash(BaseException):
    """The process is gone; nothing catches it."""


class Turns:
    """Lets named actors take one step at a time, in a given order; who has none left runs on."""

    def __init__(self, order: str) -> None:
        self._order = list(order)
        self._changed = Condition()

    def step[T](self, actor: str, action: Callable[[], T]) -> T:
        """Wait for the actor's turn, then act."""
        with self._changed:
            self._changed.wait_for(lambda: self._order[:1] == [actor] or actor not in self._order)
            try:
                return action()
            finally:
                if actor in self._order:
                    self._order.remove(actor)
                self._changed.notify_all()

    def leave(self, actor: str) -> None:
        """Give up the actor's remaining turns."""
        with self._changed:
            self._order = [name for name in self._order if name != actor]
            self._changed.notify_all()


def run_in_turns(turns: Turns, actors: dict[str, Callable[[], object]]) -> None:
    """Run every actor in a thread of its own until all are done."""

    def act(name: str, action: Callable[[], object]) -> None:
        try:
            action()
        except Crash:
            pass
        finally:
            turns.leave(name)

    threads = [Thread(target=act, args=actor) for actor in actors.items()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def interleavings(first: str, second: str) -> list[str]:
    """Return every way to merge two sequences of steps."""
    if not first or not second:
        return [first + second]
    starting_first = [first[0] + rest for rest in interleavings(first[1:], second)]
    return starting_first + [second[0] + rest for rest in interleavings(first, second[1:])]
