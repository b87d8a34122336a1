"""Which commit or tree a revision names, and how far two of them are apart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from krmfn.lookalikes import did_you_mean
from krmfn.repository.gitoutput import RepositoryError

if TYPE_CHECKING:
    from krmfn.repository.git import Git

WORKTREE = "WORKTREE"
"""What would be committed: the files on disk, without those that Git ignores."""
INDEX = "INDEX"
"""The staged files."""
EMPTY = "a revision is empty; name one, such as HEAD, and see that no variable on the command line is empty"
_SEVERAL = re.compile(r"(refname|object ID) '?(\S+?)'? is ambiguous")
_THREE_DOTS = re.compile(r"(.*)\.\.\.(.*)")
_TWO_IDS = re.compile(r"[0-9a-f]{40,}\n([0-9a-f]{40,})")


class Commits:
    """The commits of a repository, by the names of revisions."""

    def __init__(self, git: Git) -> None:
        self._git = git
        self._found: dict[str, str] = {}
        self._trees: set[str] = set()

    def named(self, name: str) -> str:
        """The commit or tree of a revision, always the same; empty for HEAD of a repository without commits.

        `A...B` is the merge base of both; an empty side means HEAD.

        Raises:
            RepositoryError: there is no such revision here.
        """
        if name not in self._found:
            self._found[name] = self._at_once(name) or self._looked_up(name)
        return self._found[name]

    def _at_once(self, name: str) -> str:
        """The commit of a plain name, by one start of git; empty if there is more to say about the name."""
        if not name or name.startswith(("-", "^")) or ":" in name:
            return ""
        code, found, said = self._git.outcome("rev-parse", name, f"{name}^{{commit}}")
        # Without --verify, git also prints ranges, the names of files, and warnings about names that several have.
        plain = None if code or said else _TWO_IDS.fullmatch(found)
        return plain[1] if plain else ""

    def _looked_up(self, name: str) -> str:
        parted = _THREE_DOTS.fullmatch(name)
        if parted:
            sides = [self.named(side or "HEAD") for side in parted.groups()]
            found = self._git.run("merge-base", *sides, fine=(0, 1)) if all(sides) else ""
            if not found:
                raise RepositoryError(f"the two sides of {name} have no commit in common here{self._shallow(name)}")
            return found
        if not name:
            raise RepositoryError(EMPTY)
        named = "" if name.startswith(("-", "^")) else self._parsed(name)
        self._refuse_part(name, named)
        if named:
            return self._commit(name, named)
        if name == "HEAD":
            # There is nothing to compare with only if Git says that there are no commits.
            _, _, said = self._git.outcome("log", "-1", "--format=%H")
            if "does not have any commits yet" in said:
                return ""
            raise RepositoryError(f"HEAD cannot be read: {said or 'it names no commit'}")
        if ".." in name:
            raise RepositoryError(f"{name} is a range, not one revision; name one, or A...B for the one that both have")
        refs = self._git.run("for-each-ref", "--format=%(refname:short)").split("\n")
        hint = self._shallow(name) or did_you_mean(name, [*filter(None, refs), WORKTREE, INDEX])
        hint = hint or "; name a branch, a tag or a commit that git log shows, or get it with git fetch"
        raise RepositoryError(f'there is no revision "{name}" in this repository{hint}')

    def _commit(self, name: str, named: str) -> str:
        """The commit, or else the tree, of an object that is named.

        Raises:
            RepositoryError: it has neither.
        """
        found = self._parsed(f"{named}^{{commit}}")
        if not found:
            found = self._parsed(f"{named}^{{tree}}")
            self._trees.add(found)
        if found:
            return found
        if self._git.run("cat-file", "-t", f"{named}^{{}}", fine=(0, 128)) == "blob":
            raise RepositoryError(f"{name} is a file, not a revision; name a branch, a tag or a commit")
        if not named.strip("0"):
            raise RepositoryError(f"{name} stands for no commit, as of a branch that is new; name one that there is")
        hint = self._shallow(name) or ", which is missing or damaged in this clone; run git fetch, or git fsck"
        raise RepositoryError(f"{name} is {named}{hint}")

    def _refuse_part(self, name: str, named: str) -> None:
        """Refuses what Git calls REV:PATH, whose paths would not be those of the other side."""
        revision, _, path = name.partition(":")
        whole = self._parsed(f"{revision}^{{tree}}") if revision and path else ""
        if whole and self._parsed(f"{named}^{{tree}}") != whole:
            raise RepositoryError(
                f"{name} is a part of a revision; name {revision}, and {path} as a path of the command"
            )

    def lacks(self, name: str, other: str) -> int:
        """How many commits of one revision the other lacks; 0 if that is unknown.

        Going back to an earlier commit is a normal plan, so it counts as 0.
        """
        mine, theirs = (self.named("HEAD" if each in {WORKTREE, INDEX} else each) for each in (name, other))
        # A tree has no history.
        unknown = self._git.is_shallow or not mine or not theirs or not self._trees.isdisjoint({mine, theirs})
        if unknown or mine == theirs:
            return 0
        counts = self._git.run("rev-list", "--left-right", "--count", f"{mine}...{theirs}")
        ahead, behind = map(int, counts.split())
        return ahead if behind or other in {WORKTREE, INDEX} else 0

    def _shallow(self, name: str) -> str:
        if not self._git.is_shallow:
            return ""
        return (
            f": this clone is shallow, and its history ends before {name}; run git fetch --unshallow, or in GitHub "
            "Actions give actions/checkout fetch-depth: 0"
        )

    def _parsed(self, revision: str) -> str:
        """What Git names with it; empty if nothing.

        Raises:
            RepositoryError: it names several, and Git would take one of them.
        """
        code, found, said = self._git.outcome("rev-parse", "--verify", revision)
        several = _SEVERAL.search(said)
        # HEAD, and a name in full, are what they are, whatever else has this name.
        if several and several[2] != "HEAD" and not several[2].startswith("refs/"):
            refs = self._git.run("for-each-ref", "--format=%(refname)").split("\n")
            those = [each for each in refs if each.endswith(f"/{several[2]}")] if several[1] == "refname" else []
            how = f"write one of {' and '.join(those)}" if those else "write more of it"
            raise RepositoryError(f'"{several[2]}" names more than one thing in this repository; {how}')
        return "" if code else found
