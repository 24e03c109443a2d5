"""The form of the lifecycle in Prefect's UI: described, with the names that there are."""


def test_the_form_describes_every_parameter() -> None:
    from flows.lifecycle import lifecycle

    form = lifecycle.parameters.properties
    assert list(form) == ["system", "dataset", "overrides"]
    assert all(form[name]["description"] for name in form)
    assert lifecycle.parameters.required == ["system"]
    assert form["system"]["enum"]
    assert form["dataset"]["anyOf"][0]["enum"]


def test_the_form_offers_the_names_that_there_are_and_refuses_no_other() -> None:
    from pydantic import TypeAdapter

    from flows.choices import Dataset, System

    assert {"visual-search", "user-sequence"} <= set(TypeAdapter(System).json_schema()["enum"])
    assert "world" in TypeAdapter(Dataset).json_schema()["enum"]
    assert TypeAdapter(System).validate_python("another") == "another"  # the run says best what is wrong with it
