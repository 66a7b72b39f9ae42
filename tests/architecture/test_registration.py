"""What is defined is what the workers register: no more, no less, under names that say it."""

import re
from collections import Counter
from collections.abc import Callable

from temporalio import workflow

from tests.architecture.source_tree import classes_of, modules_of
from workers.registry import ACTIVITY_CLASSES, WORKFLOWS


def activity_methods(cls: type) -> dict[str, Callable[..., object]]:
    """The activities of a class: wire name and method."""
    found: dict[str, Callable[..., object]] = {}
    for method in vars(cls).values():
        definition = getattr(method, "__temporal_activity_definition", None)
        if definition is not None:
            assert definition.name is not None, f"{cls.__name__} has a dynamic activity"
            found[definition.name] = method
    return found


DEFINED_WORKFLOWS = [cls for cls in classes_of("workflows") if workflow._Definition.from_class(cls)]
DEFINED_ACTIVITY_CLASSES = [cls for cls in classes_of("activities") if activity_methods(cls)]


def test_every_workflow_is_registered_once() -> None:
    assert Counter(WORKFLOWS) == Counter(DEFINED_WORKFLOWS)
    assert DEFINED_WORKFLOWS


def test_every_activity_class_is_registered_once() -> None:
    assert Counter(ACTIVITY_CLASSES) == Counter(DEFINED_ACTIVITY_CLASSES)
    assert DEFINED_ACTIVITY_CLASSES


def test_no_activity_stands_outside_a_class() -> None:
    """A bare function has no constructor, so it would have to find its connector by itself."""
    bare = [
        f"{module.__name__}.{name}"
        for module in modules_of("activities")
        for name, thing in vars(module).items()
        if hasattr(thing, "__temporal_activity_definition")
    ]
    assert not bare


def test_activity_names_are_unique_and_equal_their_methods() -> None:
    """One deployment, one name: the wire name is the method's own, in verb_object form."""
    names = Counter(name for cls in DEFINED_ACTIVITY_CLASSES for name in activity_methods(cls))
    assert not [name for name, count in names.items() if count > 1]
    for cls in DEFINED_ACTIVITY_CLASSES:
        assert cls.__name__.endswith("Activities")
        for name, method in activity_methods(cls).items():
            assert name == method.__name__
            assert re.fullmatch(r"[a-z]+(_[a-z]+)+", name), f"{name} does not read verb_object"


def test_a_workflow_stands_alone_in_the_file_of_its_name() -> None:
    for cls in DEFINED_WORKFLOWS:
        noun = cls.__name__.removesuffix("Workflow")
        assert noun != cls.__name__, f"{cls.__name__} does not end in Workflow"
        assert cls.__module__ == "workflows." + re.sub(r"(?<!^)(?=[A-Z])", "_", noun).lower()
        definition = workflow._Definition.must_from_class(cls)
        assert definition.name == cls.__name__
