"""Files of runs and versions in a bucket; a real S3 server of the test's own (moto) over HTTP."""

from collections.abc import Iterator
from typing import Any

import pytest

from components.lifecycle.artifacts import ARTIFACTS, artifacts_url, check_artifacts
from data.errors import UserError
from serving.process import free_port


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An empty bucket that the settings name, as a resource of boto3."""
    import boto3
    from moto.server import ThreadedMotoServer

    port = free_port()
    for name, value in {"ACCESS_KEY_ID": "me", "SECRET_ACCESS_KEY": "secret", "DEFAULT_REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{port}")
    monkeypatch.setenv(ARTIFACTS, f"s3://port-{port}/corkboard/")
    server = ThreadedMotoServer("127.0.0.1", port, verbose=False)
    server.start()
    try:
        made = boto3.resource("s3").Bucket(f"port-{port}")
        made.create()
        yield made
    finally:
        server.stop()


def test_a_release_lies_in_the_bucket_and_is_read_from_there(project: Any, bucket: Any) -> None:
    from components.lifecycle.bundles import check_registered
    from components.lifecycle.registry import releases

    check_artifacts()
    assert project.run(project.plan()).version == 1
    keys = [one.key for one in bucket.objects.all()]
    assert all(key.startswith("corkboard/centroid/") for key in keys)
    assert any(key.endswith("artifacts/bundle/manifest.json") for key in keys)
    assert any(key.endswith("evaluation/examples.parquet") for key in keys)
    assert not (project.home / "mlartifacts").exists()
    (release,) = releases("centroid")
    check_registered(release)


@pytest.mark.parametrize("wrong", ["file:///tmp", "s3://", "s3://bucket?x=1", "bucket"])
def test_a_wrong_address_is_told(monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv(ARTIFACTS, wrong)
    with pytest.raises(UserError, match="no address such as s3://bucket/folder"):
        artifacts_url()


def test_a_missing_bucket_and_a_server_that_is_away_are_told(bucket: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ARTIFACTS, "s3://nowhere-at-all/x")
    with pytest.raises(UserError, match=r"the bucket nowhere-at-all of .* cannot be used: there is no such bucket"):
        check_artifacts()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{free_port()}")
    monkeypatch.setenv(ARTIFACTS, "s3://away/x")
    with pytest.raises(UserError, match=r"the bucket away of .* cannot be reached"):
        check_artifacts()
