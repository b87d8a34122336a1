"""Runs the function again with other input."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from krmfn import function
from krmfn.catalog import Catalog, CatalogError
from krmfn.declarations import Role, role_of
from krmfn.declarations.validation import Validator
from krmfn.resourcelist import ResourceList, identity, origin_of
from krmfn.results import File, Severity, gathered, has_errors
from krmfn.why.edits import changed, renamed, texts
from krmfn.why.generated import changed as changed_fields
from krmfn.why.inputs import MARK, InputDocument, inputs_of, keys_of, other_values, plain

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from krmfn.function import Expansion
    from krmfn.resourcelist import Resource
    from krmfn.results import Result
    from krmfn.why.generated import Steps
    from krmfn.why.inputs import InputField, Variation

CONFIG = -1
"""The key of the functionConfig, beside the indexes of the items."""
READ = {Role.DECLARATION, Role.DEFINITION}
PROFILES = {"IsolationProfile", "ComponentProfile"}
FOLDERS = ("bundles/", "components/", "isolation/", "kinds/")
"""The folders of the catalog whose files say what is generated, and not what is checked."""
UNUSED = {"because", "description", "feature", "metadata", "note", "placeable", "plural"}
"""Fields in these files that no generated object depends on, and names of features, which other files have."""


class Laboratory:
    """One run, and what it gives when its input is changed.

    Attributes:
        catalog: what krmfn ships, as the run read it.
    """

    def __init__(self, given: ResourceList) -> None:
        items = tuple(item for item in given.items if role_of(item) is not Role.GENERATED)
        self._given = given._replace(items=items)
        # One of its own, which tells which files this question reads.
        self.catalog = Catalog.shipped().varied({})
        function.expand(self._given, self.catalog)
        read = self.catalog.read_so_far()
        self._files = {path: data for path, data in read.items() if path.startswith(FOLDERS)}
        self._validator = Validator.shipped()
        self._profiles = {path: data["kind"] for path, data in self._files.items() if data.get("kind") in PROFILES}
        documents = [*items, *([given.function_config] if given.function_config else [])]
        self._together: dict[str, list[tuple[list[InputField], tuple[Resource, ...]]]] = {}
        self._texts = Counter(text for document in documents for text in texts(document))

    def reduced_to(self, resource: Resource) -> Laboratory:
        """A run that gives the same object from fewer declarations: an experiment takes as long as its input is."""
        everything = frozenset(range(len(self._given.items)))
        dropped: set[int] = set()
        for index, item in enumerate(self._given.items):
            if index not in dropped and role_of(item) in READ:
                dropped |= self._unneeded(resource, {index})
        # Each of two items may be unneeded, but not both: of two declarations that open the same, one is needed.
        reduced = self._given._replace(items=tuple(self._given.items[index] for index in sorted(everything - dropped)))
        return Laboratory(reduced) if resource in function.expand(reduced, self.catalog).generated else self

    def _unneeded(self, resource: Resource, dropped: set[int]) -> set[int]:
        """These items and those that krmfn refuses without them; none if the object needs one of them."""
        while True:
            kept = [index for index in range(len(self._given.items)) if index not in dropped]
            items = tuple(self._given.items[index] for index in kept)
            expansion = function.expand(self._given._replace(items=items), self.catalog)
            if not has_errors(expansion.answer.results):
                return dropped if resource in expansion.generated else set()
            told = {each.resource for each in expansion.answer.results if each.severity is Severity.ERROR}
            more = {index for index in kept if origin_of(self._given.items[index]).resource in told}
            if not more:
                return set()
            dropped = dropped | more

    def inputs(self, namespace: str) -> list[InputField]:
        """Every field that the objects of a namespace may depend on; those of its declarations come first."""
        found = [each for source, document in self._documents(namespace) for each in inputs_of(source, document)]
        for path, data in self._files.items():
            file = File(self.catalog.file(path))
            fields = inputs_of(InputDocument("catalog", path, origin_of(data)._replace(file=file)), data)
            found += (each for each in fields if not UNUSED.intersection(each.steps))
        return found

    def _documents(self, namespace: str) -> Iterator[tuple[InputDocument, Resource]]:
        """The declarations and definitions that count in a namespace, and the functionConfig."""
        for index, item in enumerate(self._given.items):
            is_read = role_of(item) in READ and item.get("kind") != "ComputePlane"
            if is_read and identity(item).namespace in {"", namespace}:
                yield (
                    InputDocument("profile" if item.get("kind") in PROFILES else "declaration", index, origin_of(item)),
                    item,
                )
        if config := self._given.function_config:
            yield InputDocument("functionConfig", CONFIG, origin_of(config)), config

    def tried(self, changes: Iterable[Variation], names: Collection[str] = ()) -> Expansion | None:
        """What the changed input gives; None if the changed catalog is invalid.

        Args:
            changes: fields to change.
            names: texts that get the mark wherever they occur in the user's input, as keys and as values.
        """
        documents: dict[int | str, Any] = {CONFIG: self._given.function_config}
        documents.update(enumerate(self._given.items))
        documents.update(self._files)
        # From the last item of a list to the first, so that what is left out moves nothing that is still to change.
        for change in sorted(changes, key=lambda each: [str(step).zfill(9) for step in each.field.steps])[::-1]:
            key = change.field.source.key
            documents[key] = changed(documents[key], change.field.steps, change)
        if names:
            marked = {name: name + MARK for name in names}
            documents |= {key: renamed(each, marked) for key, each in documents.items() if isinstance(key, int)}
        files = {path: documents[path] for path in self._files}
        if not all(self._is_profile(path, data) for path, data in files.items()):
            return None
        catalog = self.catalog.varied(files)
        given = ResourceList(tuple(documents[index] for index in range(len(self._given.items))), documents[CONFIG])
        try:
            return function.expand(given, catalog)
        except CatalogError:
            return None

    def _is_profile(self, path: str, data: Any) -> bool:
        """True for a profile as a user could write it, and for every other file, which its reader checks."""
        if path not in self._profiles or data is self._files[path]:
            return True
        _, findings = gathered(self._validator.validate(self._profiles[path], data, origin_of(data)))
        return not findings

    def without(self, field: InputField, namespace: str) -> tuple[Resource, ...] | None:
        """The objects that another value of one field gives; None if krmfn accepts no other.

        A name is changed together with the fields that refer to it: krmfn's own errors say which these are.
        """
        mildest, *others = other_values(field)
        if (objects := self.accepted([mildest])) is not None:
            return objects
        if self._is_name(field) and (objects := self._renamed(field, namespace)) is not None:
            return objects
        return next((each for change in others if (each := self.accepted([change])) is not None), None)

    def together(self, inputs: Sequence[InputField]) -> tuple[Resource, ...] | None:
        """The objects that other values of many fields at once give; None if krmfn does not accept them."""
        names = {each.name for each in inputs if self._is_name(each)}
        return self.accepted([next(other_values(each)) for each in inputs if not self._is_name(each)], names)

    def accepted(self, changes: Iterable[Variation], names: Collection[str] = ()) -> tuple[Resource, ...] | None:
        """The objects that the changed input gives; None if krmfn refuses it."""
        expansion = self.tried(changes, names)
        return expansion.generated if expansion and not has_errors(expansion.answer.results) else None

    def _is_name(self, field: InputField) -> bool:
        return field.source.kind != "catalog" and self._texts[field.name] > 1

    def _renamed(self, field: InputField, namespace: str) -> tuple[Resource, ...] | None:
        """The objects after a name has got the mark, in this field and in as few others as krmfn accepts."""
        keys = [each for source, document in self._documents(namespace) for each in keys_of(source, document)]
        alike = [each for each in (*self.inputs(namespace), *keys) if each != field and each.name == field.name]
        alike = [each for each in alike if each.source.kind != "catalog"]
        if (objects := self._followed([field], alike)) is not None:
            return objects
        # Fields that were renamed together once are not sought again for each of them.
        together = self._together.get(field.name, ())
        known = next((objects for fields, objects in together if field in fields), None)
        if known is not None:
            return known
        starts = ([field, each] for each in alike)
        return next((each for start in starts if (each := self._followed(start, alike)) is not None), None)

    def _followed(self, renamed: list[InputField], alike: Sequence[InputField]) -> tuple[Resource, ...] | None:
        """The objects after some fields with one name, and those that krmfn's errors point to, have got the mark."""
        while True:
            expansion = self.tried([each.named(each.name + MARK) for each in renamed])
            if expansion is None:
                return None
            if not has_errors(expansion.answer.results):
                self._together.setdefault(renamed[0].name, []).append((renamed, expansion.generated))
                return expansion.generated
            more = [each for each in alike if each not in renamed and _is_reported(each, expansion.answer.results)]
            if not more:
                return None
            renamed = [*renamed, *more]


def _is_reported(field: InputField, results: Iterable[Result]) -> bool:
    """True if an error is about this field, or about one that contains it."""
    origin = field.source.origin
    path = f"{field.path}."
    return any(
        result.severity is Severity.ERROR
        and result.resource == origin.resource
        and (path.startswith((f"{result.field}.", f"{result.field}[")) or result.field.startswith(field.path))
        for result in results
    )


def differing(resource: Resource, objects: Iterable[Resource]) -> frozenset[Steps]:
    """The fields of an object that are different, or gone, among the objects of an experiment."""
    own = identity(resource)
    after = next((each for each in objects if identity(plain(each)) == own), None)
    return frozenset(changed_fields(resource, after, plain))
