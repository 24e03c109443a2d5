"""`CORKBOARD_ARTIFACTS_URL`: where the files of runs and versions lie; the state folder by default, or S3."""

import functools
import os
from urllib.parse import urlsplit

from data.errors import UserError
from data.project import home

__all__ = ["ARTIFACTS", "artifacts_url", "check_artifacts"]

ARTIFACTS = "CORKBOARD_ARTIFACTS_URL"
WAIT_S = 5
SETTINGS = "correct it, AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID or AWS_SECRET_ACCESS_KEY"


def artifacts_url() -> str:
    """`CORKBOARD_ARTIFACTS_URL`, such as `s3://bucket/folder`, without a slash at the end; by default a local folder.

    Raises:
        UserError: the setting is no address of S3.
    """
    given = os.environ.get(ARTIFACTS)
    if not given:
        return (home() / "mlartifacts").as_uri()
    parts = urlsplit(given)
    if parts.scheme != "s3" or not parts.netloc or parts.query or parts.fragment:
        raise UserError(f"{ARTIFACTS} is {given!r}, no address such as s3://bucket/folder; correct or unset it")
    return given.rstrip("/")


def check_artifacts() -> None:
    """Raise `UserError` within seconds if the bucket cannot be reached or is closed to us; asked once a process."""
    url = artifacts_url()
    if url.startswith("s3:"):
        _check_bucket(urlsplit(url).netloc)


@functools.cache
def _check_bucket(bucket: str) -> None:
    try:
        import boto3
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
    except ModuleNotFoundError:
        raise UserError(f"{ARTIFACTS} needs a client; install it by `pip install corkboard[s3]`") from None
    patience = Config(connect_timeout=WAIT_S, read_timeout=WAIT_S, retries={"max_attempts": 0})
    try:
        endpoint = os.environ.get("MLFLOW_S3_ENDPOINT_URL")  # MLflow's own name for AWS_ENDPOINT_URL
        boto3.client("s3", config=patience, endpoint_url=endpoint).head_bucket(Bucket=bucket)
    except ClientError as error:
        fault = {"404": "there is no such bucket", "403": "access is denied"}.get(
            error.response["Error"]["Code"], error
        )
        raise UserError(f"the bucket {bucket} of {ARTIFACTS} cannot be used: {fault}; {SETTINGS}") from None
    except (BotoCoreError, ValueError) as error:
        raise UserError(f"the bucket {bucket} of {ARTIFACTS} cannot be reached: {error}; {SETTINGS}") from None
