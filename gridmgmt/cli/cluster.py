"""A private PostGIS cluster: own data folder, unix socket only, never a port, never somebody else's cluster."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import pwd
import shutil
import subprocess
import time
from pathlib import Path

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
        zh="未找到带 PostGIS 的 PostgreSQL;请安装系统软件包 postgresql 与 postgis",
    )


def open_cluster(folder: Path) -> Cluster:
    """Describe the cluster that lives in ``folder`` (it need not exist yet)."""
    folder = folder.resolve()
    account = _server_account()
    digest = hashlib.sha256(str(folder).encode()).hexdigest()[:10]
    data_dir = folder
    if not _reachable_by(account, folder):
        data_dir = Path("/var/lib/gridmgmt") / digest
    return Cluster(data_dir, Path(f"/tmp/gridmgmt-{os.getuid()}-{digest}"), account, find_bin_dir())  # noqa: S108


def start(cluster: Cluster, *, throw_away: bool = False) -> None:
    """Create the cluster when it is not there, start it when it is not running; raise NotReadyError with the server's words."""
    _own_folder(cluster, cluster.socket_dir)
    if not (cluster.data_dir / "PG_VERSION").exists():
        _own_folder(cluster, cluster.data_dir)
        _run(
            cluster,
            "initdb",
            "-D",
            str(cluster.data_dir),
            "-U",
            cluster.account,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C.UTF-8",
            "--no-sync",
        )
        settings = SERVER_SETTINGS | (THROW_AWAY_SETTINGS if throw_away else {}) | {"unix_socket_directories": str(cluster.socket_dir)}
        lines = "".join(f"{name} = '{value}'\n" for name, value in settings.items())
        with (cluster.data_dir / "postgresql.conf").open("a") as config:
            config.write(lines)
        (cluster.data_dir / "pg_hba.conf").write_text("local all all trust\n")
    if not is_running(cluster):
        log = cluster.data_dir / "server.log"
        _run(
            cluster,
            "pg_ctl",
            "-D",
            str(cluster.data_dir),
            "-l",
            str(log),
            "-w",
            "-t",
            "60",
            "start",
        )


def stop(cluster: Cluster) -> bool:
    """Stop the server if it runs; say whether it did."""
    if not is_running(cluster):
        return False
    _run(cluster, "pg_ctl", "-D", str(cluster.data_dir), "-m", "fast", "-w", "stop")
    return True


def is_running(cluster: Cluster) -> bool:
    """Say whether this cluster's own server runs."""
    if not (cluster.data_dir / "PG_VERSION").exists():
        return False
    return (
        subprocess.run(  # noqa: S603
            _as_account(cluster, "pg_ctl", "-D", str(cluster.data_dir), "status"),
            capture_output=True,
            check=False,
        ).returncode
        == 0
    )


def remove(cluster: Cluster) -> None:
    """Stop the server and delete its folders."""
    stop(cluster)
    shutil.rmtree(cluster.data_dir, ignore_errors=True)
    shutil.rmtree(cluster.socket_dir, ignore_errors=True)


def create_database(cluster: Cluster, name: str) -> None:
    """Create a database unless it exists; PostGIS itself comes with the migrations."""
    command = [
        "psql",
        "-h",
        str(cluster.socket_dir),
        "-U",
        cluster.account,
        "-d",
        "postgres",
        "-qtAc",
    ]
    exists = _run(cluster, *command, f"SELECT 1 FROM pg_database WHERE datname = '{name}'")
    if exists.strip() != "1":
        _run(
            cluster,
            "createdb",
            "-h",
            str(cluster.socket_dir),
            "-U",
            cluster.account,
            name,
        )


def _server_account() -> str:
    """Return the account the server runs as: ours, or an unprivileged one when we are root."""
    if os.getuid() != 0:
        return pwd.getpwuid(os.getuid()).pw_name
    for name in ("postgres", "nobody"):
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        return name
    message = "root may not run PostgreSQL and there is neither an account postgres nor nobody"
    raise NotReadyError(message)


def _reachable_by(account: str, folder: Path) -> bool:
    """Say whether an account may walk down to ``folder``'s existing parents."""
    if os.getuid() != 0:
        return True
    existing = next(parent for parent in [folder, *folder.parents] if parent.exists())
    check = subprocess.run(  # noqa: S603
        [  # noqa: S607
            "setpriv",
            f"--reuid={account}",
            "--clear-groups",
            "test",
            "-x",
            str(existing),
        ],
        check=False,
    )
    return check.returncode == 0


def _own_folder(cluster: Cluster, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if os.getuid() == 0:
        shutil.chown(folder, cluster.account)
    elif folder.stat().st_uid != os.getuid():
        message = f"{folder} belongs to another account; remove it"
        raise NotReadyError(message)
    folder.chmod(0o700)


def _as_account(cluster: Cluster, program: str, *arguments: str) -> list[str]:
    command = [str(cluster.bin_dir / program), *arguments]
    if os.getuid() != 0:
        return command
    return [
        "setpriv",
        f"--reuid={cluster.account}",
        f"--regid={pwd.getpwnam(cluster.account).pw_gid}",
        "--clear-groups",
        *command,
    ]


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
        message = f"{program} failed: {words.strip()}"
        raise NotReadyError(message)
    return words
