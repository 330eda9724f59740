"""The table and the bucket: reachable, readable, restorable, and in step with each other."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice

from model_catalog.key_records import UnreadableKey
from model_catalog.registry_store import S3RegistryStore, Source
from model_catalog.snapshot import Snapshot
from modelctl.aws import Aws
from modelctl.doctor.findings import Finding, failed, ok, warning
from modelctl.documents import counted
from modelctl.live import described, read_snapshot, rejection, signed

_KEYS_READ = 100  # a sample; `modelctl keys list` names every one that cannot be read
_PUBLISHER_COMES_BY = timedelta(minutes=20)  # its schedule, and what it takes
_DEPLOY = "Deploy the template again: it is set there."


def check_table(aws: Aws) -> Iterator[Finding]:
    """Tell whether the table answers, and whether a mistake could be undone."""
    client = aws.client("dynamodb")
    table = client.describe_table(TableName=aws.table)["Table"]
    if table["TableStatus"] not in {"ACTIVE", "UPDATING"}:
        yield failed("table", f"{aws.table} is {table['TableStatus']}", "Wait, or restore it.")
        return
    yield ok("table", f"{aws.table} answers")
    if not table.get("DeletionProtectionEnabled", False):
        yield warning("table", "it can be deleted by mistake", _DEPLOY)
    backups = client.describe_continuous_backups(TableName=aws.table)
    recovery = backups["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    if recovery["PointInTimeRecoveryStatus"] != "ENABLED":
        yield warning("table", "it cannot be restored to a point in time", _DEPLOY)


def check_keys(aws: Aws) -> Iterator[Finding]:
    """Read some keys, as `modelctl keys` would."""
    records = list(islice(aws.keys.records(), _KEYS_READ))
    unreadable = [each.key_id for each in records if isinstance(each, UnreadableKey)]
    for key_id in unreadable:
        yield failed(
            "keys",
            f"{key_id} cannot be read: requests with it get 503",
            f"Bring it back from a backup, or delete it: modelctl keys delete {key_id}",
        )
    if not records:
        yield warning("keys", "there is none", "Issue one: modelctl keys create NAME")
    elif not unreadable:
        more = " or more" if len(records) == _KEYS_READ else ""
        yield ok("keys", f"{counted(len(records), 'key')}{more}")


def check_bucket(aws: Aws) -> Iterator[Finding]:
    """Tell whether an overwritten registry could be brought back."""
    status = aws.client("s3").get_bucket_versioning(Bucket=aws.bucket).get("Status")
    if status == "Enabled":
        yield ok("bucket", f"{aws.bucket} keeps versions")
    else:
        yield warning("bucket", f"{aws.bucket} keeps no versions", _DEPLOY)


def check_registry(aws: Aws, now: datetime) -> Iterator[Finding]:
    """Tell whether what is live can be read, and is what was published last."""
    live, source = aws.registry.read_live(), aws.registry.read_source()
    snapshot = read_snapshot(live)
    if live and snapshot is None:
        yield failed(
            "registry",
            "what is live cannot be read: functions serve what they hold, and new ones nothing",
            "Publish again: modelctl registry publish FILE",
        )
    elif snapshot:
        yield ok("registry", f"live: {described(snapshot)}")
    if source:
        yield _compared(aws.registry, snapshot, source, now)
    else:
        what = "what is live has no source" if live else "nothing was ever published"
        yield warning("source", what, "Publish one: modelctl registry publish FILE")


def _compared(
    store: S3RegistryStore, live: Snapshot | None, source: Source, now: datetime
) -> Finding:
    if live and live.source_sha256 == source.sha256:
        return ok("source", "it is what is live")
    problems = rejection(store, source.version, source.sha256)
    if problems:
        return failed(
            "source",
            f"{signed(source)}, which was rejected: {problems[0]}",
            "All that is wrong with it: modelctl registry history. Mend it and publish again.",
        )
    if now - source.written_at < _PUBLISHER_COMES_BY:
        return warning(
            "source", f"{signed(source)}, which is not live yet", "The publisher is at it."
        )
    return failed(
        "source",
        f"{signed(source)}, and the publisher has not taken it",
        "Look at the publisher's log and its dead letters (DeadLettersAlarm in"
        " docs/operations.md).",
    )
