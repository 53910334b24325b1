"""What an operator can choose, read once from the environment and handed on explicitly."""

import os
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from gis.errors import SettingsError


def default_data_folder() -> Path:
    """
    Return where data goes unless told: root in /var/lib, others in their XDG data folder.

    Root's own home is closed to the account that runs PostgreSQL, hence the difference.

    Raises
    ------
    SettingsError
        If the user has no home.

    References
    ----------
    XDG Base Directory Specification 0.8: a relative `XDG_DATA_HOME` is to be ignored.
    """
    if os.geteuid() == 0:
        return Path("/var/lib/jingwei")
    xdg = Path(os.environ.get("XDG_DATA_HOME", ""))
    if xdg.is_absolute():
        return xdg / "jingwei"
    try:
        return Path.home() / ".local/share/jingwei"
    except RuntimeError as error:
        raise SettingsError(
            "this user has no home folder to keep data in: set JINGWEI_DATA_FOLDER"
        ) from error


class Settings(BaseSettings):
    """
    The settings of one service; never changes once read.

    `Settings()` reads the environment: `JINGWEI_` and the field's name in capitals
    (`JINGWEI_PORT`), except that the database is plain `DATABASE_URL`. An empty variable
    counts as not set. Arguments win over the environment. Every setting is explained in
    `docs/settings.md`.

    Raises
    ------
    pydantic.ValidationError
        A ValueError that names each wrong setting and why.
    """

    model_config = SettingsConfigDict(
        env_prefix="JINGWEI_",
        env_ignore_empty=True,
        frozen=True,
        populate_by_name=True,
        str_strip_whitespace=True,
        validate_default=True,
    )

    database_url: str | None = Field(
        default=None,
        repr=False,  # it may hold a password
        validation_alias=AliasChoices("DATABASE_URL", "JINGWEI_DATABASE_URL"),
        description="Database to use; without it the service runs its own.",
    )
    data_folder: Path = Field(
        default_factory=default_data_folder,
        description="Where the service keeps its own database and its files.",
    )
    postgres_folder: Path | None = Field(
        default=None,
        description="Folder of the PostgreSQL programs (initdb, pg_ctl) for the own database.",
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(default=8000, ge=0, le=65535, description="Port to listen on; 0 takes any.")
    mode: Literal["internal", "public"] = Field(
        default="internal", description="Whether the maps are for staff or for everybody."
    )
    map_review_number: str | None = Field(
        default=None, description="Review number (审图号) shown on public maps."
    )
    map_credit: str | None = Field(default=None, description="Credit line shown on public maps.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://\S+$",
        description="Address by which everybody reaches the service, as posters show it.",
    )
    dispatch_line: str | None = Field(
        default=None, description="Phone number of the dispatch centre, shown when no grid answers."
    )
    gap_tolerance_m: float = Field(
        default=10.0,
        ge=0,
        le=1000,
        description="How far from a grid, in metres, a point in a gap still belongs to it.",
    )
    near_border_m: float = Field(
        default=30.0,
        ge=0,
        le=1000,
        description="How near a border, in metres, a point gets its neighbours named.",
    )
    statement_timeout_s: float = Field(
        default=30.0,
        gt=0,
        le=86400,
        description="Longest time, in seconds, a database statement of a request may take.",
    )
    jobs_at_once: int = Field(
        default=2,
        ge=0,
        le=64,
        description="How many jobs the service does at once; 0 leaves them to other workers.",
    )
    job_stalled_s: float = Field(
        default=30.0,
        ge=1,
        le=3600,
        description="After how many seconds without a sign of life a worker counts as dead.",
    )
    keep_jobs_days: int = Field(
        default=30, ge=1, le=3650, description="How many days finished jobs are kept."
    )

    @field_validator("data_folder", "postgres_folder")
    @classmethod
    def _expand(cls, folder: Path | None) -> Path | None:
        return folder and folder.expanduser().absolute()

    @model_validator(mode="after")
    def _public_maps_are_reviewed(self) -> Self:
        if self.mode == "public" and not (self.map_review_number and self.map_credit):
            raise ValueError(
                "mode is 'public', but public maps need a review number and a credit line: "
                "set JINGWEI_MAP_REVIEW_NUMBER and JINGWEI_MAP_CREDIT, or use mode 'internal'"
            )
        return self

    def make_data_folder(self) -> Path:
        """
        Return the data folder, made if it was not there.

        Raises
        ------
        SettingsError
            If it cannot be made or written to.
        """
        try:
            self.data_folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"the data folder {self.data_folder} cannot be made ({error.strerror}): "
                "set JINGWEI_DATA_FOLDER to a folder you may write to"
            ) from error
        if not os.access(self.data_folder, os.W_OK | os.X_OK):
            raise SettingsError(
                f"the data folder {self.data_folder} cannot be written to: run as its owner "
                "or set JINGWEI_DATA_FOLDER to another folder"
            )
        return self.data_folder
