"""A private PostGIS cluster: own data folder, unix socket only, never a port, never somebody else's cluster."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from gridmgmt.cli.cluster_account import become, reachable_by, server_account
from gridmgmt.errors import NotReadyError

SERVER_SETTINGS = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "512MB",
    "max_wal_size": "4GB",
    "effective_cache_size": "4GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "logging_collector": "off",
}
THROW_AWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}

PACKED_LOG = {"wal_compression": "lz4"}  # a first change after a checkpoint logs its whole page: less than half of it, then
FALLBACK = Path("/var/lib/gridmgmt")
REPLICATION = "local replication all trust\n"


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Where a private cluster lives and as whom it runs.

    ``socket_dir`` is short (a socket's path may have 107 bytes) and closed to other accounts.
    """

    data_dir: Path
    socket_dir: Path
    account: str
    bin_dir: Path

    def url(self, database: str) -> str:
        """Return the SQLAlchemy URL of a database of this cluster."""
        return f"postgresql://{self.account}@/{database}?host={self.socket_dir}"


def find_bin_dir() -> Path:
    """Return the folder of the newest PostgreSQL server with PostGIS; raise NotReadyError saying what to install."""
    servers = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"),
        key=lambda path: int(path.parts[-3]),
        reverse=True,
    )
    for initdb in servers:
        version = initdb.parts[-3]
        if Path(f"/usr/share/postgresql/{version}/extension/postgis.control").exists():
            return initdb.parent
    on_path = shutil.which("initdb")
    if on_path:
        return Path(on_path).resolve().parent
    message = "no PostgreSQL server with PostGIS was found; install the packages postgresql and postgis of your distribution"
    raise NotReadyError(
        message,
        zh="未找到带 PostGIS 的 PostgreSQL；请安装系统软件包 postgresql 与 postgis",
    )


def open_cluster(folder: Path) -> Cluster:
    """Describe the cluster that lives in ``folder`` (it need not exist yet).

    Where the server's account cannot reach that folder, it lives in /var/lib/gridmgmt instead; see ``data_dir``.
    """
    folder = folder.resolve()
    account = server_account()
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:10]
    data_dir = folder if reachable_by(account, folder) else FALLBACK / digest
    return Cluster(data_dir, Path(f"/tmp/gridmgmt-{os.getuid()}-{digest}"), account, find_bin_dir())  # noqa: S108


def start(cluster: Cluster, *, throw_away: bool = False) -> bool:
    """Create the cluster when it is not there and start it when it is not running; say whether it had to be started.

    Raises NotReadyError with the server's own words. Two starts at once are one start.
    """
    _own_folder(cluster, cluster.socket_dir)
    with _one_at_a_time(cluster):
        if not exists(cluster):
            _create(cluster, throw_away=throw_away)
        if is_running(cluster):
            return False
        _clear_after_a_crash(cluster)
        _launch(cluster)
        return True


def replicate(primary: Cluster, copy: Cluster) -> bool:
    """Make a streaming replica of a running cluster when it is not there, and start it when it does not run; say whether it was started.

    It follows the primary by the primary's socket, so both are on one machine; away for longer than 1 GB of changes, it must be made anew.
    """
    _own_folder(copy, copy.socket_dir)
    if not exists(copy):
        with _one_at_a_time(copy):
            _allow_replication(primary)
            _copy_data(primary, copy)
    return start(copy)


def stop(cluster: Cluster) -> bool:
    """Stop the server if it runs; say whether it did."""
    if not is_running(cluster):
        return False
    _own_folder(cluster, cluster.socket_dir)
    _run(cluster, "pg_ctl", "-D", str(cluster.data_dir), "-m", "fast", "-w", "stop")
    return True


def exists(cluster: Cluster) -> bool:
    """Say whether the cluster was created."""
    return (cluster.data_dir / "PG_VERSION").exists()


def is_running(cluster: Cluster) -> bool:
    """Say whether this cluster's own server runs; a process that only inherited its number does not count."""
    try:
        pid = (cluster.data_dir / "postmaster.pid").read_text().split("\n", 1)[0]
        return Path(f"/proc/{int(pid)}/cwd").resolve(strict=True) == cluster.data_dir
    except (OSError, ValueError):
        return False


def remove(cluster: Cluster) -> None:
    """Stop the server and delete its folders."""
    stop(cluster)
    shutil.rmtree(cluster.data_dir.with_name(cluster.data_dir.name + ".unfinished"), ignore_errors=True)
    shutil.rmtree(cluster.data_dir, ignore_errors=True)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def create_database(cluster: Cluster, name: str) -> None:
    """Create a database unless it exists; PostGIS itself comes with the migrations."""
    connection = _connection(cluster)
    found = _run(cluster, "psql", *connection, "-d", "postgres", "-qtAc", f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    if found.strip() != "1":
        _run(cluster, "createdb", *connection, name)


@contextlib.contextmanager
def _one_at_a_time(cluster: Cluster) -> Iterator[None]:
    with (cluster.socket_dir / "start.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _create(cluster: Cluster, *, throw_away: bool) -> None:
    """Make the cluster beside its place and rename it: a killed start leaves nothing that looks finished.

    Collation C orders as C.UTF-8 does (by code point), and sorts texts in a third less time: it compares their bytes.
    """
    unfinished = cluster.data_dir.with_name(cluster.data_dir.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _own_folder(cluster, unfinished)
    _run(
        cluster, "initdb", "-D", str(unfinished), "-U", cluster.account, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
        "--lc-collate=C", "--no-sync",
    )  # fmt: skip
    settings = SERVER_SETTINGS | (THROW_AWAY_SETTINGS if throw_away else {}) | {"unix_socket_directories": str(cluster.socket_dir)}
    if _packs_log(cluster, unfinished):
        settings |= PACKED_LOG
    with (unfinished / "postgresql.conf").open("a") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    (unfinished / "pg_hba.conf").write_text("local all all trust\n")  # the folder of the socket is closed to other accounts
    unfinished.rename(cluster.data_dir)


def _packs_log(cluster: Cluster, folder: Path) -> bool:
    """Say whether this server was built to pack pages of its log fast (PostgreSQL 15 with lz4)."""
    asked = [f"--{name}={value}" for name, value in PACKED_LOG.items()]
    with contextlib.suppress(NotReadyError):
        return _run(cluster, "postgres", "-D", str(folder), *asked, "-C", *PACKED_LOG).strip() in PACKED_LOG.values()
    return False


def _allow_replication(primary: Cluster) -> None:
    access = primary.data_dir / "pg_hba.conf"
    if REPLICATION not in access.read_text():
        access.write_text(access.read_text() + REPLICATION)
    _run(
        primary,
        "psql",
        *_connection(primary),
        "-d",
        "postgres",
        "-qc",
        "ALTER SYSTEM SET wal_keep_size = '1GB'",
        "-c",
        "SELECT pg_reload_conf()",
    )


def _copy_data(primary: Cluster, copy: Cluster) -> None:
    """Copy beside the place and rename, as ``_create`` does; ``-R`` writes down whom to follow."""
    unfinished = copy.data_dir.with_name(copy.data_dir.name + ".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    _own_folder(copy, unfinished)
    _run(copy, "pg_basebackup", *_connection(primary), "-D", str(unfinished), "-R", "-c", "fast", "--no-sync")
    settings = {"unix_socket_directories": str(copy.socket_dir), "hot_standby_feedback": "on"}
    with (unfinished / "postgresql.conf").open("a") as config:
        config.writelines(f"{name} = '{value}'\n" for name, value in settings.items())
    unfinished.rename(copy.data_dir)


def _connection(cluster: Cluster) -> list[str]:
    return ["-h", str(cluster.socket_dir), "-U", cluster.account]


def _clear_after_a_crash(cluster: Cluster) -> None:
    """Wait for what a killed server left running, then remove its lock files: their number may belong to somebody else by now."""
    for _ in range(100):
        if not _processes_in(cluster.data_dir):
            for left in (cluster.data_dir / "postmaster.pid", *cluster.socket_dir.glob(".s.PGSQL.*")):
                left.unlink(missing_ok=True)
            return
        time.sleep(0.1)
    left_over = _processes_in(cluster.data_dir)
    raise NotReadyError(
        f"processes of an earlier server still run in {cluster.data_dir}: {left_over}; stop them and try again",
        zh=f"{cluster.data_dir} 中仍有先前服务器的进程 {left_over}；请结束后重试",
    )


def _launch(cluster: Cluster) -> None:
    log = cluster.data_dir / "server.log"
    try:
        _run(cluster, "pg_ctl", "-D", str(cluster.data_dir), "-l", str(log), "-w", "-t", "60", "start")
    except NotReadyError as error:
        words = "\n".join(log.read_text(errors="replace").splitlines()[-10:]) if log.exists() else ""
        raise NotReadyError(f"{error}\nthe end of {log}:\n{words}", zh=f"{error.zh}\n日志 {log} 末尾：\n{words}") from error


def _processes_in(folder: Path) -> list[int]:
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with contextlib.suppress(OSError):
            if cwd.readlink() == folder:
                found.append(int(cwd.parent.name))
    return sorted(found)


def _own_folder(cluster: Cluster, folder: Path) -> None:
    """Make a folder that only the server's account may enter; refuse one that somebody else put there."""
    folder.mkdir(parents=True, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in {os.getuid(), pwd.getpwnam(cluster.account).pw_uid}:
        message = f"{folder} belongs to another account or is a link; remove it"
        raise NotReadyError(message, zh=f"{folder} 属于其他账户或是链接；请先删除")
    if os.getuid() == 0:
        shutil.chown(folder, cluster.account)
    folder.chmod(0o700)


def _as_account(cluster: Cluster, program: str, *arguments: str) -> list[str]:
    command = [str(cluster.bin_dir / program), *arguments]
    return command if os.getuid() != 0 else [*become(cluster.account), *command]


def _run(cluster: Cluster, program: str, *arguments: str) -> str:
    """Run one of the server's programs; its output goes to a file, because a started server would hold a pipe open."""
    with Path(os.devnull).open("rb") as nothing:
        output = cluster.socket_dir / f"{program}-{os.getpid()}-{time.monotonic_ns()}.log"
        try:
            with output.open("wb") as sink:
                done = subprocess.run(  # noqa: S603 - programs of the PostgreSQL package only
                    _as_account(cluster, program, *arguments),
                    stdin=nothing,
                    stdout=sink,
                    stderr=sink,
                    check=False,
                    cwd="/",
                )
            words = output.read_text(errors="replace")
        finally:
            output.unlink(missing_ok=True)
    if done.returncode != 0:
        raise NotReadyError(f"{program} failed: {words.strip()}", zh=f"{program} 失败：{words.strip()}")
    return words
