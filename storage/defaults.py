"""Everything the program can be told, and what it does when it is told nothing."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from pathlib import Path

import platformdirs

from pipeline.errors import SettingsError
from pipeline.settings import ProductionSettings
from pipeline.speech.servers import SpeechServer
from storage.addresses import HIDDEN, broker_address, is_secret, shown, with_password


def default_home() -> Path:
    return platformdirs.user_data_path("voxpress")


def _cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """Everything the program can be told."""

    home: Path = field(default_factory=default_home)
    """State folder: catalog, blobs, voices, sockets, logs. Only its owner can read it."""
    catalog_url: str = ""
    """SQLAlchemy URL of the catalog, for several hosts ``postgresql://USER@HOST/NAME`` (with
    ``?sslmode=verify-full&sslrootcert=FILE`` for TLS); empty: ``catalog.db`` in the state folder (SQLite)."""
    catalog_password: str = ""
    """Password of the catalog's database, where ``catalog_url`` has none. Never shown."""
    blob_url: str = ""
    """Folder (also one that hosts share), or fsspec URL of the blobs, such as ``s3://BUCKET/FOLDER``; empty:
    ``blobs`` in the state folder."""
    blob_endpoint: str = ""
    """Address of the S3 server that ``blob_url`` means; empty: Amazon's, or as ``AWS_ENDPOINT_URL`` says."""
    blob_user: str = ""
    """Access key id for ``blob_url``; empty: as Amazon's own variables, files and roles say."""
    blob_password: str = ""
    """Secret access key that belongs to ``blob_user``. Never shown."""
    blob_cache_gigabytes: float = 10.0
    """Room for this host's copies of blobs that lie elsewhere; what was not used for longest goes first."""
    broker_url: str = ""
    """Redis URL of the shared broker, for ``submit``, ``worker``, ``watch`` and ``up``; empty: that of the ``up``
    that runs on this state folder. ``make`` always starts a broker of its own."""
    broker_password: str = ""
    """Password of the broker, where ``broker_url`` has none. Never shown."""
    output: Path = Path("audiobooks")
    """Folder that editions are put into; a relative one is meant from the current folder."""
    shows: Path = Path("podcasts")
    """Folder that the public folders of podcasts are put into; a relative one is meant from the current folder."""
    episodes: str = ""
    """Folder for the editions that episodes are made from, which nobody but the workers needs; several hosts share
    it. Empty: ``episodes`` in the state folder."""
    lexicon: tuple[str, ...] = ()
    """Lexicon files that hold for every source, after ``lexicon.toml`` in the folder of the user's own
    ``voxpress.toml``; a lexicon beside the source goes before them."""
    workers: int = 0
    """Processes that work at the same time; 0 becomes the number of cores this process may use."""
    gpus: tuple[str, ...] = ()
    """GPUs that are used where ``device`` is cuda, by number or UUID as ``nvidia-smi`` shows them; none named: the
    first one."""
    precision: str = ""
    """Kind of numbers that engines compute with where they offer it (docs/engines): float32, float16, bfloat16 or
    int8; empty: the engine's own choice. Another one is another voice: what was spoken is spoken again."""
    warm_up: tuple[str, ...] = ()
    """Voices, as ENGINE:VOICE, that the workers of their engines load as soon as they run, not with a task."""
    gpu_slots: int = 1
    """Processes that speak on each GPU, each with a model of its own in its memory; 2 keep a GPU busy whose engine
    speaks one chunk at a time."""
    child_gigabytes: float = 0.0
    """Memory that a worker's child may have grown to: after the task in hand it is started anew. 0: its share of
    four fifths of the host's memory."""
    queues: tuple[str, ...] = ()
    """Queues that ``worker`` and ``up`` serve: cpu, publish, asr, speak.ENGINE; none named: all that can be served
    here."""
    grace: float = 30.0
    """Seconds that a worker which is told to stop gives to the tasks in hand; after that they go back to their
    queue."""
    offline: bool = False
    """Never use the network: no page is fetched, no voice pulled."""
    allow_hosts: tuple[str, ...] = ()
    """Hosts that may be fetched from although their address is private."""
    voices_from: str = ""
    """Mirror (https) or folder that voices are pulled from; empty: Piper's public list."""
    attempts: int = 3
    """How often a chunk is tried before it ends as a doubt."""
    log_level: str = "warning"
    """debug, info, warning or error."""
    log_format: str = "text"
    """text, or json: an object on each line of the log."""
    llm_url: str = ""
    """Address of a language model that runs on a machine of your own, up to ``/v1``, such as
    ``http://127.0.0.1:11434/v1`` (OpenAI-compatible: Ollama, llama.cpp, vLLM). It is asked where a setting says so:
    who speaks in a book (``casting.quotes``), for a conversation (``conversation.style``); the text goes there for
    that. Empty: none is."""
    llm_model: str = ""
    """Its name there, such as ``qwen2.5:14b``."""
    llm_context: int = 8192
    """Tokens that it takes at once, question and answer together."""
    llm_password: str = ""
    """API key for it, where it wants one. Never shown."""
    llm_seconds: float = 300.0
    """Seconds that one answer of it may take."""
    device: str = "cpu"
    """Where engines and speech recognition run: cpu, cuda (a GPU, and an error where there is none, or where an
    engine cannot use it), cuda:N (that GPU), or auto: cuda where a GPU is found, else cpu."""
    servers: tuple[SpeechServer, ...] = ()
    """Programs elsewhere that speak or convert voices: a table ``[servers.NAME]`` for each, with ``engine``, ``url``
    and more; in the environment a JSON object of such tables. Keys are never shown."""
    recogniser: str = "auto"
    """Who listens to takes: whisper, vosk, or auto: the first that can."""
    asr_model: str = ""
    """Its model: the name of a pulled one or the path of a folder; empty: the largest that was pulled."""
    asr_compute: str = ""
    """Kind of numbers that Whisper computes with: int8, float16, int8_float16, float32 ...; empty: int8 on a CPU,
    float16 on a GPU."""
    models_from: str = ""
    """Mirror (https) that models are pulled from; empty: Hugging Face."""
    gc_days: float = 30.0
    """Days after which ``worker`` and ``up`` remove by themselves what no production needs and nothing has used;
    0: never."""
    gc_gigabytes: float = 0.0
    """Room for the blobs: while they take more, what no production needs goes before its days are over; 0: no
    bound."""
    forget_days: float = 0.0
    """Days after its end at which a production is forgotten, unless it failed, so that what only it needed can go.
    Its audiobook stays. 0: never."""
    inboxes: tuple[str, ...] = ()
    """Drop folders that ``watch`` and ``up`` look after; relative ones are meant from the current folder."""
    settle_seconds: float = 5.0
    """Seconds for which a dropped file must have stayed as it is before it is taken."""
    inbox_attempts: int = 3
    """How often a dropped file is tried, where another try may help, before it goes to ``failed/``."""
    on_done: str = ""
    """Command line that is run, without a shell, when something dropped is done; the edition's folder is added as
    the last argument."""
    audiobookshelf_url: str = ""
    """Address of the Audiobookshelf that is told to scan its library when something dropped is done."""
    audiobookshelf_token: str = ""
    """API token for it. Never shown."""
    audiobookshelf_library: str = ""
    """Id of the library that it is to scan."""
    metrics_address: str = "127.0.0.1"
    """Address that the exporter listens on; beyond this host (``0.0.0.0``) only with a password."""
    metrics_port: int = 9464
    """Port of the exporter; 0: ``up`` starts none."""
    metrics_password: str = ""
    """Password for the exporter's numbers, as a bearer token or with any user; empty: one that is made up and kept
    in ``metrics/password`` of the state folder. Never shown."""
    flower_address: str = "127.0.0.1"
    """Address that Flower listens on; beyond this host (``0.0.0.0``) only with a password."""
    flower_port: int = 5555
    """Port of Flower; 0: ``up`` starts none."""
    flower_user: str = "voxpress"
    """Who may see Flower."""
    flower_password: str = ""
    """Password of ``flower_user``; empty: one that is made up and kept in ``flower/password`` of the state folder.
    Never shown."""
    flower_prefix: str = ""
    """Path under which a reverse proxy shows Flower, such as ``flower``."""
    flower_read_only: bool = True
    """Whether Flower only shows; otherwise whoever knows the password can stop workers and tasks with it."""
    production: ProductionSettings = field(default_factory=ProductionSettings)

    def __post_init__(self) -> None:
        """Fill in what follows from the state folder, and put passwords where they are used."""
        if not self.catalog_url:
            object.__setattr__(self, "catalog_url", f"sqlite:///{self.home / 'catalog.db'}")
        if not self.blob_url:
            object.__setattr__(self, "blob_url", str(self.home / "blobs"))
        if self.workers == 0:
            object.__setattr__(self, "workers", _cores())
        for name, whole in (
            ("broker_url", broker_address(self.broker_url, self.broker_password)),
            ("catalog_url", with_password(self.catalog_url, self.catalog_password)),
        ):
            object.__setattr__(self, name, whole)

    def __repr__(self) -> str:
        """Without secrets: this ends up in logs."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        said = (
            f"{name}={HIDDEN if is_secret(name) and value else shown(repr(value))}"
            for name, value in values.items()
        )
        return f"{type(self).__name__}({', '.join(said)})"

    @property
    def voices_dir(self) -> Path:
        """Pulled and added voices."""
        return self.home / "voices"

    @property
    def episodes_dir(self) -> Path:
        """Editions that episodes are made from."""
        return Path(self.episodes).expanduser().absolute() if self.episodes else self.home / "episodes"

    @property
    def notes_dir(self) -> Path:
        """Notes that episodes are made from, as they were when they were handed in."""
        return self.home / "notes"

    @property
    def engines_dir(self) -> Path:
        """Environments of engines whose libraries are not in ours."""
        return self.home / "engines"

    @property
    def models_dir(self) -> Path:
        """Pulled models for speech recognition."""
        return self.home / "models"

    @property
    def run_dir(self) -> Path:
        """Sockets and process files of the running program; only its owner can read it."""
        return self.home / "run"

    @property
    def cache_dir(self) -> Path:
        """Fetched pages."""
        return self.home / "cache" / "web"

    @property
    def log_dir(self) -> Path:
        """Logs of the embedded broker and the workers."""
        return self.home / "logs"

    def prepare(self) -> Settings:
        """Create the state folder and what belongs in it, for its owner only. Raises ``SettingsError``."""
        try:
            self.home.parent.mkdir(parents=True, exist_ok=True)
            for folder in (self.home, self.run_dir):
                folder.mkdir(mode=0o700, exist_ok=True)
            self.run_dir.chmod(0o700)
            for folder in (self.voices_dir, self.cache_dir, self.log_dir):
                folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise SettingsError(
                f"The state folder {self.home} cannot be used ({error.strerror}): "
                "set VOXPRESS_HOME to a folder you can write to."
            ) from error
        return self
