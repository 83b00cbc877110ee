// What a command is handed: streams, places, and the two verbs that need an adapter (open an image, run the
// server). app/ builds it; tests build a small one. Commands never touch process or an adapter themselves.

import type { Gate } from '../../engines/gate/gate.ts';
import type { FindByLayers } from '../../engines/lineage/place.ts';
import type { RevocationPort } from '../../engines/notation/revocation-answer.ts';
import type { Digest } from '../../formats/oci/digest.ts';
import type { Platform } from '../../formats/oci/platform.ts';
import type { ImageReference } from '../../formats/oci/reference.ts';
import type { SigningPlaces } from '../../formats/sigstore/read-signing-config.ts';
import type { SignatureAlgorithm } from '../../formats/x509/algorithm.ts';
import type { FeedSource } from '../../io/advisories/feed-source.ts';
import type { AdvisoryShelf } from '../../io/advisories/store.ts';
import type { Forge, ForgeKind, ForgeTarget } from '../../io/forges/forge.ts';
import type { Login } from '../../io/images/credential-store.ts';
import type { FileWish, SquashedView } from '../../io/images/files.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import type { LayerCache } from '../../io/images/layer-cache.ts';
import type { ImageSource, ImageTarget } from '../../io/images/source.ts';
import type { TrustPlace, TrustServer } from '../../io/images/trust-server.ts';
import type { KeyForm } from '../../io/keys/key-form.ts';
import type { SigningKey } from '../../io/keys/signing-key.ts';
import type { SigningServices, Stamper } from '../../io/sigstore/services.ts';
import type { Clock, Random } from '../../kit/clock.ts';
import type { PartWorld } from './part-world.ts';
import type { TrustMade, TrustShown, TrustWish } from './trust-place.ts';
import type { TrustWorld } from './trust-world.ts';

/** One output stream of the terminal or pipe. */
export interface Sink {
  write(text: string): void;
  readonly isTty: boolean;
  /** Width in characters; 80 where unknown. */
  readonly columns: number;
  /** Whether colour codes may be written (TTY, NO_COLOR, FORCE_COLOR and TERM already weighed). */
  readonly isColour: boolean;
}

/** What a backup or a restore took along. */
export interface BackupOutcome {
  readonly blobs: number;
  readonly bytes: number;
  /** Digests that were lost or damaged already; they are not served, and a push repairs them. */
  readonly lost: readonly string[];
}

export type Program = 'plimsoll' | 'docker plimsoll';

/** A gate, and the digest of all files that it was made of. */
export interface LoadedGate {
  readonly gate: Gate;
  readonly digest: string;
}

/** What was seen last of each host's tag log, kept between commands. */
export interface LogMemory {
  read(host: string): Promise<string | undefined>;
  write(host: string, text: string): Promise<void>;
  /** Where a person finds it. */
  pathOf(host: string): string;
}

/** notation's configuration, as notation lays it out. */
export interface NotationFiles {
  /** `trustpolicy.oci.json`, or the older `trustpolicy.json`. */
  readPolicy(): Promise<Uint8Array>;
  /** Each file of `truststore/x509/KIND/NAME`; undefined where there is no such folder. */
  readStore(
    kind: string,
    name: string,
  ): Promise<readonly { readonly name: string; readonly bytes: Uint8Array }[] | undefined>;
}

/** What the tags of one repository name, without reading it. */
export interface TagReader {
  /** In the registry's order. */
  list(): Promise<readonly string[]>;
  /** Undefined where the tag is absent or the registry does not say. */
  digestOf(tag: string): Promise<Digest | undefined>;
}

/** What signing needs of the machine: keys where they are, and the services that vouch. */
export interface SigningWorld {
  /** COSIGN_PASSWORD, which may be empty; absent where it is not set. */
  readonly passphrase?: string;
  /** A file, or `SCHEME:…` of a key that is kept elsewhere. The passphrase is asked for where a file wants one. */
  openKey(reference: string, passphrase: () => Promise<string>): Promise<SigningKey>;
  /** A key for one act of signing, forgotten with the process. */
  createKey(): Promise<SigningKey>;
  /** A key and its file, which must not be there. */
  createKeyFile(
    place: { readonly path: string; readonly passphrase: string },
    algorithm: SignatureAlgorithm,
    form: KeyForm,
  ): Promise<SigningKey>;
  openServices(places: SigningPlaces): Promise<SigningServices>;
  /** A timestamp authority by its address, plain http too: what it answers is signed. */
  openStamper(url: string): Promise<Stamper>;
}

export interface CliWorld {
  readonly version: string;
  /** What a person types to call the program: `plimsoll`, or `docker plimsoll` where it runs as docker's plugin. */
  readonly program: Program;
  /** Data only. */
  readonly stdout: Sink;
  /** Progress, hints and errors. */
  readonly stderr: Sink;
  /** The whole of standard input as text, for `--password-stdin`; bounded. */
  readStdin(): Promise<string>;
  /** Asks a person; undefined where there is no terminal. `isSecret` hides what is typed. */
  ask(question: string, isSecret: boolean): Promise<string | undefined>;
  readonly signal: AbortSignal;
  readonly clock: Clock;
  readonly random: Random;
  /** linux and the machine's architecture. */
  readonly platform: Platform;
  openSource(reference: ImageReference): Promise<ImageSource>;
  openTarget(reference: ImageReference): Promise<ImageTarget>;
  /** Every tag of a repository in a registry, in the registry's order. */
  listTags(host: string, repository: string): Promise<readonly string[]>;
  /** The tags of a repository in a registry as they are now. */
  openTags(host: string, repository: string): Promise<TagReader>;
  /** The Notary v1 server of a repository, with the registry’s login where it is the registry’s own. */
  openTrustServer(place: TrustPlace): Promise<TrustServer>;
  /** The API of the Plimsoll instance that this registry is, with the user's login. */
  openInstance(host: string): Promise<InstanceClient>;
  readonly signing: SigningWorld;
  /** What an address of http or https answers; at most so many bytes. */
  fetchDocument(url: string, maxBytes: number): Promise<Uint8Array>;
  readonly logMemory: LogMemory;
  /** The trusted roots that this user keeps, and the repository of trust of this machine's instance. */
  readonly trust: TrustWorld;
  /** notation's configuration in this folder, or where notation keeps it. */
  openNotation(folder?: string): Promise<NotationFiles>;
  /** Whoever answers on revocation, wherever a certificate says; each place is asked once. */
  openRevocation(): Promise<RevocationPort>;
  /** What the configured instance knows of layers; absent where none is configured. */
  readonly findByLayers?: FindByLayers;
  /** A folder on this machine as the view of an image of one layer. */
  readFolder(folder: string, wish: FileWish): Promise<SquashedView>;
  /** A file whole, or standard input for `-`; a byte more than `maxBytes` is refused. */
  readDocument(file: string, maxBytes: number): Promise<Uint8Array>;
  /** What is known of layers that were read before; undefined where nothing is to be kept. */
  layers(): Promise<LayerCache | undefined>;
  /** Checks a credential against a registry and stores it where docker's clients look; says where. */
  login(host: string, login: Login): Promise<{ readonly storedIn: string }>;
  /** The identity token of the CI job that this runs in; undefined where it is none. */
  readIdToken(audience: string): Promise<string | undefined>;
  logout(host: string): Promise<{ readonly removedFrom: readonly string[] }>;
  /** What this machine is a part of. */
  readonly parts: PartWorld;
  /**
   * Answers as a gate until it is told to stop; resolves with the exit code. `reload` is asked now and then, and answers
   * undefined where all is as it was at the digest.
   */
  serveGate(first: LoadedGate, reload: (digest: string) => Promise<LoadedGate | undefined>): Promise<number>;
  /** Host of the configured instance; absent where none is configured. */
  readonly instanceHost?: string;
  /** One pull request, with the token that is configured. */
  openForge(kind: ForgeKind, target: ForgeTarget): Promise<Forge>;
  readonly advisories: AdvisoryShelf;
  /** Where feeds come from: the public addresses, or the folder or mirror that is configured or named here. */
  feedSource(place?: string): Promise<FeedSource>;
  /** Writes a file whole (temporary file, then rename); for `--output`. */
  writeFile(path: string, text: string): Promise<void>;
  /** A text file whole, or undefined where there is none; throws where it is larger or cannot be read. */
  readTextFile(path: string, maxBytes: number): Promise<string | undefined>;
  /** The policy file that is configured (`--policy`, PLIMSOLL_POLICY, `policy`); undefined where none is. */
  readonly policyFile?: string;
  /** What is configured, with its origin, secrets left out. */
  listConfig(): readonly { readonly key: string; readonly value: string; readonly origin: string }[];
  /** Copies the data folder that is configured into a new one, while a server may run on it. */
  backUp(target: string, isCopied: boolean): Promise<BackupOutcome>;
  /** Makes the data folder that is configured, which must not be there, of a backup. */
  restore(source: string): Promise<BackupOutcome>;
  /** Makes the authority of the data folder that is configured, where there is none; the root's key goes to the folder. */
  initTrust(wish: TrustWish): Promise<TrustMade>;
  /** What there is of it, while a server may run on it. */
  readTrust(): Promise<TrustShown>;
  /** Runs the server until it is told to stop; resolves with the exit code. */
  serve(): Promise<number>;
}
