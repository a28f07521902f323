"""Having the queue run: a timer of systemd, an agent of launchd, or a line of cron.

Nothing here goes through a shell; what is written is shown first. What a timer would lack of this
user's MICROCOM settings is written into it, secrets never.
"""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from microcom.core.finding import Finding, Level
from microcom.errors import UserError
from microcom.store.address import password
from microcom.values import dataclass

if TYPE_CHECKING:
    from microcom.intake.places import Places

NAME = "microcom"
LABEL = "example.microcom.run"
MARK = "# microcom timer"
CARRIED = (
    *("MICROCOM_HOME", "MICROCOM_CONFIG", "MICROCOM_ACTOR", "MICROCOM_VAULT"),
    *("MICROCOM_DATABASE", "MICROCOM_MEDIA"),
)
"""Settings that a timer is given where this process has them; the key's whereabouts too."""
KEY = "MICROCOM_VAULT_KEY_FILE"
KINDS = ("systemd", "launchd", "cron")
PATIENCE = 60.0
PATH = "/usr/local/bin:/usr/bin:/bin"


@dataclass(frozen=True, slots=True)
class Timer:
    """How the queue is run here: files to write, by path, and commands to start and stop it."""

    kind: str
    files: Mapping[Path, str]
    start: Sequence[Sequence[str]] = ()
    stop: Sequence[Sequence[str]] = ()
    line: str = ""
    """The line of a crontab, for cron alone."""

    def shown(self) -> str:
        """Return what would be written, for people."""
        if self.line:
            return f"crontab line:\n  {self.line}"
        return "\n".join(f"{path}:\n{_indented(text)}" for path, text in self.files.items())


def timer_of(kind: str | None, environment: Mapping[str, str], home: Path) -> Timer:
    """Return the timer of a kind, or of the best that this machine has.

    Raises UserError ``timer.password`` rather than write a password into it.
    """
    if password(environment.get("MICROCOM_DATABASE", "")) is not None:
        message = "MICROCOM_DATABASE holds a password, and a timer is no place for one."
        hint = "Put the password into ~/.pgpass, or the line into machine.env: microcom paths."
        raise UserError(message, code="timer.password", hint=hint)
    kind = kind or _best(environment)
    if kind == "systemd":
        return _systemd(environment, home)
    if kind == "launchd":
        return _launchd(environment, home)
    if kind == "cron":
        return Timer("cron", {}, line=_crontab_line(environment))
    message = f"There is no timer of the kind {kind}."
    raise UserError(message, code="timer.kind", hint=f"There are {', '.join(KINDS)}.")


def install(timer: Timer, environment: Mapping[str, str]) -> bool:
    """Write a timer and start it; say whether anything changed.

    One that cannot be started is not left behind.
    """
    if timer.kind == "cron":
        before = _crontab(environment)
        after = [*_others(before), timer.line]
        return _write_crontab(before, after, environment)
    changed = any(
        not path.exists() or path.read_text() != text for path, text in timer.files.items()
    )
    new = [path for path in timer.files if not path.exists()]
    for path, text in timer.files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    try:
        for command in timer.start:
            _run(command, environment)
    except UserError:
        for path in new:
            path.unlink()
        raise
    return changed


def remove(timer: Timer, environment: Mapping[str, str]) -> bool:
    """Stop a timer and delete it; say whether there was one."""
    if timer.kind == "cron":
        before = _crontab(environment)
        return _write_crontab(before, _others(before), environment)
    if not is_installed(timer, environment):
        return False
    for command in timer.stop:
        _run(command, environment)
    for path in timer.files:
        path.unlink(missing_ok=True)
    return True


def is_installed(timer: Timer, environment: Mapping[str, str]) -> bool:
    """Say whether a timer of this kind is there."""
    if timer.kind == "cron":
        return any(line.endswith(MARK) for line in _crontab(environment))
    return any(path.exists() for path in timer.files)


def as_cron(places: Places, *, config: str | None = None, home: str | None = None) -> list[Finding]:
    """Return what `microcom doctor` finds in the environment that a timer gives."""
    bare = bare_environment(places.environment, home)
    words = [sys.executable, "-P", "-m", "microcom", "doctor", "--json"]
    words += [] if config is None else ["--config", str(Path(config).absolute())]
    try:
        done = subprocess.run(  # noqa: S603 - our own command, without a shell
            words,
            env=bare,
            cwd=bare["HOME"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
            start_new_session=True,
        )
        document = json.loads(done.stdout)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        what = f"the command did not run as a timer would run it ({type(error).__name__})"
        return [Finding("timer", Level.FAULT, what, f"Try it by hand: env -i {' '.join(words)}")]
    if "findings" not in document["data"]:
        return [
            Finding("timer", Level.FAULT, one["message"], one["hint"])
            for one in document["problems"]
        ]
    rows = document["data"]["findings"]
    return [Finding(row["about"], Level(row["level"]), row["what"], row["fix"]) for row in rows]


def bare_environment(environment: Mapping[str, str], home: str | None = None) -> dict[str, str]:
    """Return what cron gives a command of this user, and what an installed timer adds."""
    import pwd

    user = pwd.getpwuid(os.getuid())
    bare = {
        "HOME": home or user.pw_dir,
        "LOGNAME": user.pw_name,
        "USER": user.pw_name,
        "SHELL": "/bin/sh",
        "PATH": "/usr/bin:/bin",
    }
    return bare | carried(environment)


def carried(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of this process that a timer has to be given."""
    own = os.environ if environment is os.environ else environment
    return {name: own[name] for name in (*CARRIED, KEY) if own.get(name)}


def _best(environment: Mapping[str, str]) -> str:
    if sys.platform == "darwin":
        return "launchd"
    systemctl = shutil.which("systemctl", path=environment.get("PATH"))
    if systemctl is not None and _answers([systemctl, "--user", "show-environment"], environment):
        return "systemd"
    if shutil.which("crontab", path=environment.get("PATH")) is not None:
        return "cron"
    message = "This machine has neither systemd for users nor cron."
    hint = "Let something start `microcom run` every minute, or keep `microcom worker` running."
    raise UserError(message, code="timer.none", hint=hint)


def _command() -> str:
    """Return the whole path of the command that is running."""
    named = Path(sys.argv[0])
    if named.name == "microcom" and named.exists():
        return str(named.absolute())
    return shutil.which("microcom") or str(Path(sys.executable).with_name("microcom"))


def _systemd(environment: Mapping[str, str], home: Path) -> Timer:
    folder = Path(environment.get("XDG_CONFIG_HOME") or home / ".config", "systemd", "user")
    settings = "".join(
        f'Environment="{name}={value.replace("%", "%%")}"\n'
        for name, value in carried(environment).items()
    )
    service = (
        "[Unit]\nDescription=microcom: publish what is due\n\n[Service]\nType=oneshot\n"
        f'{settings}ExecStart="{_command().replace("%", "%%")}" run\n'
    )
    every = (
        "[Unit]\nDescription=microcom: every minute\n\n[Timer]\nOnCalendar=minutely\n"
        "AccuracySec=1s\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n"
    )
    systemctl = ["systemctl", "--user"]
    return Timer(
        "systemd",
        {folder / f"{NAME}.service": service, folder / f"{NAME}.timer": every},
        start=([*systemctl, "daemon-reload"], [*systemctl, "enable", "--now", f"{NAME}.timer"]),
        stop=([*systemctl, "disable", "--now", f"{NAME}.timer"],),
    )


def _launchd(environment: Mapping[str, str], home: Path) -> Timer:
    path = home / "Library" / "LaunchAgents" / f"{LABEL}.plist"
    agent = {
        "Label": LABEL,
        "ProgramArguments": [_command(), "run"],
        "StartInterval": 60,
        "EnvironmentVariables": carried(environment),
    }
    text = plistlib.dumps(agent).decode()
    domain = f"gui/{os.getuid()}"
    return Timer(
        "launchd",
        {path: text},
        start=(["launchctl", "bootstrap", domain, str(path)],),
        stop=(["launchctl", "bootout", domain, str(path)],),
    )


def _crontab_line(environment: Mapping[str, str]) -> str:
    words = [f"{name}={_quoted(value)}" for name, value in carried(environment).items()]
    words += [_quoted(_command()), "run"]
    return f"* * * * * {' '.join(words)} {MARK}".replace("%", "\\%")


def _quoted(word: str) -> str:
    from shlex import quote

    return quote(word)


def _crontab(environment: Mapping[str, str]) -> list[str]:
    done = _tried(["crontab", "-l"], environment)
    return done.stdout.splitlines() if done.returncode == 0 else []


def _others(lines: Sequence[str]) -> list[str]:
    return [line for line in lines if not line.endswith(MARK)]


def _write_crontab(
    before: Sequence[str], after: Sequence[str], environment: Mapping[str, str]
) -> bool:
    if list(before) == list(after):
        return False
    _run(["crontab", "-"], environment, text="".join(f"{line}\n" for line in after))
    return True


def _answers(command: Sequence[str], environment: Mapping[str, str]) -> bool:
    try:
        return _tried(command, environment).returncode == 0
    except UserError:
        return False


def _run(command: Sequence[str], environment: Mapping[str, str], text: str | None = None) -> None:
    done = _tried(command, environment, text)
    if done.returncode != 0:
        message = f"{' '.join(command)} failed: {done.stderr.strip()[:200]}"
        raise UserError(message, code="timer.failed", hint="Choose another kind with --kind.")


def _tried(
    command: Sequence[str], environment: Mapping[str, str], text: str | None = None
) -> subprocess.CompletedProcess[str]:
    found = shutil.which(command[0], path=environment.get("PATH"))
    if found is None:
        message = f"This machine has no {command[0]}."
        raise UserError(message, code="timer.none", hint="Choose another kind with --kind.")
    try:
        return subprocess.run(  # noqa: S603 - words of our own, without a shell
            [found, *command[1:]],
            env=dict(environment),
            input=text,
            stdin=subprocess.DEVNULL if text is None else None,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        message = f"{command[0]} did not answer ({type(error).__name__})."
        raise UserError(message, code="timer.failed", hint="Try it by hand.") from error


def _indented(text: str) -> str:
    return "\n".join(f"  {line}".rstrip() for line in text.splitlines())
