"""The ResourceList of the KRM Functions Specification v1: read from stdin, written to stdout.

https://github.com/kubernetes-sigs/kustomize/blob/kustomize/v5.8.1/cmd/config/docs/api-conventions/functions-spec.md
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from krmfn import yaml
from krmfn.marks import LOCAL_CONFIG
from krmfn.namedtuple import NamedTuple
from krmfn.results import File, Origin, ResourceRef, Result, in_order

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Resource = dict[str, Any]
"""A Kubernetes object as read; never mutated."""

READ_GROUPS = frozenset({"apps.cozystack.io", "cozystack.io", "krmfn.dev"})
PATH_ANNOTATIONS = ("internal.config.kubernetes.io/path", "config.kubernetes.io/path")
MAX_DIGITS = 10
"""The longest number that is read from text: Python raises ValueError for a very long one."""
PACKAGE_PATH = "internal.config.kubernetes.io/package-path"
"""The kpt package that an object belongs to; the object's path is relative to it."""
INDENT_ANNOTATION = "internal.config.kubernetes.io/seqindent"
"""How lists of its file are indented; kpt says it, kustomize does not (docs/decisions/004-what-hosts-hide.md)."""
INDEX_ANNOTATIONS = ("internal.config.kubernetes.io/index", "config.kubernetes.io/index")


class UnreadableError(Exception):
    """The input is not a ResourceList, so no ResourceList can be returned."""


class ResourceList(NamedTuple):
    """Items, their functionConfig, and the results.

    `texts` has the source text of items from stdin, by `id()`: an unchanged item is written with its own text.
    """

    items: tuple[Resource, ...]
    function_config: Resource | None = None
    results: tuple[Result, ...] = ()
    texts: Mapping[int, tuple[Resource, str]] = {}

    def with_results(self, results: Iterable[Result]) -> ResourceList:
        """The same list with these results; file paths start at the outermost kpt package, as the user sees them."""
        packages = sorted(filter(None, map(package_of, self.items)), key=len)
        root = f"{packages[0]}/" if packages else ""

        def named(result: Result) -> Result:
            file = result.file
            if not file or not root or not file.package.startswith(root):
                return result
            return result._replace(file=file._replace(path=f"{file.package.removeprefix(root)}/{file.path}"))

        return self._replace(results=in_order(map(named, results)))

    def text_of(self, item: Resource) -> str:
        """An item in a list at column 0: its source text, if it was not changed."""
        _, source = self.texts.get(id(item), (item, ""))
        return source or yaml.dump([item])

    def with_items(self, items: Iterable[tuple[Resource, bool]]) -> ResourceList:
        """The same list with other items. True marks an item local-config: kustomize drops it, kpt keeps its file."""
        kept: list[Resource] = []
        texts = dict(self.texts)
        for item, local in items:
            marked = annotated(item, {LOCAL_CONFIG: "true"}) if local else item
            if marked is not item and LOCAL_CONFIG not in annotations_of(item) and id(item) in texts:
                texts[id(marked)] = (marked, yaml.with_annotation(texts[id(item)][1], LOCAL_CONFIG, "true"))
            kept.append(marked)
        return self._replace(items=tuple(kept), texts=texts)


class Identity(NamedTuple):
    """Two manifests with the same identity are the same object to Kubernetes."""

    group: str
    kind: str
    namespace: str
    name: str


def load(text: bytes | str) -> ResourceList:
    """Reads a ResourceList.

    Raises:
        UnreadableError: the text is not YAML, or not a ResourceList.
    """
    try:
        envelope, texts, doubtful = yaml.load_envelope(text)
        for index in sorted(doubtful):
            if _is_read(envelope["items"][index]):
                yaml.refuse_item(text, index)
    except yaml.YamlError as error:
        file = _file_near(text if isinstance(text, str) else text.decode(errors="replace"), error.line)
        where = f" (in the item of {file})" if file else ""
        raise UnreadableError(f"stdin is not YAML that Kubernetes reads: {error}{where}") from error
    if not isinstance(envelope, dict) or envelope.get("kind") != "ResourceList":
        raise UnreadableError(
            "stdin is not a ResourceList; without arguments, krmfn is a KRM function that kustomize or kpt runs; for "
            "files, use `krmfn render PATH`"
        )
    group, _, version = str(envelope.get("apiVersion")).partition("/")
    if group != "config.kubernetes.io" or not version:
        raise UnreadableError('apiVersion of the ResourceList is not "config.kubernetes.io/v1"')
    items = envelope.get("items")
    items = [] if items is None else items
    if not isinstance(items, list):
        raise UnreadableError("items of the ResourceList is not a list")
    for index, item in enumerate(items):
        if not isinstance(item, dict):
            raise UnreadableError(f"items[{index}] of the ResourceList is not an object")
    config = envelope.get("functionConfig")
    if config is not None and not isinstance(config, dict):
        raise UnreadableError("functionConfig of the ResourceList is not an object")
    return ResourceList(tuple(items), config, (), {id(items[i]): (items[i], source) for i, source in texts.items()})


def _is_read(item: Resource) -> bool:
    """True if krmfn has to know more of an item than what identifies it. Other items are returned as they came (R5)."""
    kind = str(item.get("kind"))
    has_objects = kind.lower().endswith("list") or isinstance(item.get("items"), list)
    return group_of(item) in READ_GROUPS or kind == "Kptfile" or has_objects


def _file_near(text: str, line: int) -> str:
    """The file of the item at a line of stdin; empty if the text does not say."""
    lines = text.split("\n")
    begin = next((i for i in range(min(line, len(lines)) - 1, -1, -1) if lines[i].startswith("- ")), 0)
    for each in lines[begin:]:
        if each.startswith("- ") and each is not lines[begin]:
            break
        key, _, path = each.strip().partition(": ")
        if key in PATH_ANNOTATIONS:
            return path.strip("'\"")
    return ""


def dump(resource_list: ResourceList) -> str:
    """Writes a ResourceList; items that were not changed are written with their source text."""
    return "".join(pieces(resource_list))


def pieces(resource_list: ResourceList) -> Iterator[str]:
    """What `dump` returns, in pieces: of a large ResourceList, one text of all is much memory."""
    texts = map(resource_list.text_of, resource_list.items)
    return pieces_of(texts, resource_list.function_config, resource_list.results)


def pieces_of(items: Iterable[str], function_config: Resource | None, results: tuple[Result, ...]) -> Iterator[str]:
    """The same for items that are written already."""
    # Whatever may go wrong does so before the first piece.
    after = "" if function_config is None else yaml.dump({"functionConfig": function_config})
    after += yaml.dump({"results": [result.as_dict() for result in results]}) if results else ""
    yield "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"
    head = "items:\n"
    for item in items:
        yield head + item
        head = ""
    if head:
        yield "items: []\n"
    yield after


def metadata_of(resource: Resource) -> dict[str, Any]:
    """The object's metadata; empty if it is missing or not a mapping."""
    found = resource.get("metadata")
    return found if isinstance(found, dict) else {}


def annotations_of(resource: Resource) -> dict[str, Any]:
    found = metadata_of(resource).get("annotations")
    return found if isinstance(found, dict) else {}


def group_of(resource: Resource) -> str:
    """`apps.cozystack.io` of `apps.cozystack.io/v1alpha1`; empty for the core group."""
    group, slash, _ = str(resource.get("apiVersion") or "").partition("/")
    return group if slash or "." in group else ""


def kind_of(resource: Resource) -> tuple[str, str]:
    """Its group and kind; quicker than the whole identity, and asked for each object several times."""
    return group_of(resource), str(resource.get("kind") or "")


def identity(resource: Resource) -> Identity:
    meta = metadata_of(resource)
    return Identity(
        *kind_of(resource),
        str(meta.get("namespace") or ""),
        str(meta.get("name") or ""),
    )


def from_kpt(items: Iterable[Resource]) -> bool:
    """Whether kpt sent the items. It says how each list in a file is indented, and prints the results of a function."""
    return any(INDENT_ANNOTATION in annotations_of(item) for item in items)


def file_of(resource: Resource) -> File | None:
    """The file that the object was read from. kpt and `krmfn render` say it, kustomize does not."""
    marks = annotations_of(resource)
    path = marks.get(PATH_ANNOTATIONS[0]) or marks.get(PATH_ANNOTATIONS[1])
    if not path or not isinstance(path, str):
        return None
    index = str(marks.get(INDEX_ANNOTATIONS[0]) or marks.get(INDEX_ANNOTATIONS[1]) or "0")
    document = int(index) if index.isdecimal() and len(index) < MAX_DIGITS else 0
    return File(path, document, package_of(resource))


def package_of(resource: Resource) -> str:
    """The kpt package that the object belongs to; empty if the host does not say."""
    return str(annotations_of(resource).get(PACKAGE_PATH) or "")


def origin_of(resource: Resource) -> Origin:
    """The origin for results about this object."""
    _, kind, namespace, name = identity(resource)
    return Origin(ResourceRef(str(resource.get("apiVersion") or ""), kind, namespace, name), file_of(resource))


def annotated(resource: Resource, marks: Mapping[str, str]) -> Resource:
    """The object with these annotations; the same object if it has them already."""
    present = annotations_of(resource)
    if all(present.get(key) == value for key, value in marks.items()):
        return resource
    return {**resource, "metadata": {**metadata_of(resource), "annotations": {**present, **marks}}}
