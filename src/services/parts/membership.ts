// Becoming a part and staying one. Who knows an invitation proves a new key and gets a certificate of an hour for it;
// who has a certificate proves its key and a new one. The former key counts once: whoever comes with one that was
// renewed already has a copy of the part's file, and nobody can tell from here which of both is the part. What was
// answered and lost is answered again, to who holds the new key.
import {
  type IssuedWorkload,
  readWorkload,
  type WorkloadCertificate,
  workloadLeafMs,
} from '../../engines/authority/workload.ts';
import { formatSpiffeId } from '../../formats/spiffe/spiffe-id.ts';
import { formatPem } from '../../formats/x509/certificate-pem.ts';
import { createRowCache } from '../../io/db/row-cache.ts';
import { formatInstant } from '../../kit/clock.ts';
import { isPlimsollError } from '../../kit/error.ts';
import { limits } from '../../kit/limits.ts';
import { createLoginBrake } from '../hub/login-brake.ts';
import type { Principal } from '../hub/principal.ts';
import { hashSecret } from '../hub/secret.ts';
import { partErrors } from './errors.ts';
import {
  enterPart,
  findInvited,
  findStanding,
  type HolderDeps,
  noteHolderUse,
  type Standing,
  succeedHolder,
  wrongInvitation,
} from './holder.ts';
import { checkPartKey, isPartProof } from './part-key.ts';
import { idOfPart, instancePath, partOfId } from './part-name.ts';
import type { WorkloadAuthority } from './workload-authority.ts';

/** Where parts connect to, and what their names stand in. */
export interface PartPlace {
  readonly trustDomain: string;
  /** `https://images.example.org:8444` */
  readonly address: string;
}

export interface Membership {
  readonly part: string;
  readonly trustDomain: string;
  readonly spiffeId: string;
  /** What the instance shows its parts. */
  readonly serverId: string;
  readonly address: string;
  /** PEM, as the authorities are. */
  readonly certificate: string;
  readonly authorities: readonly string[];
  readonly notBefore: number;
  readonly notAfter: number;
  /** From then on it should be renewed. */
  readonly renewAfter: number;
}

interface Asked {
  /** As the part wrote it into its proofs. */
  readonly host: string;
  /** Where the request came from. */
  readonly from: string;
  /** SubjectPublicKeyInfo of the new key. */
  readonly publicKey: Uint8Array;
  readonly proof: Uint8Array;
}

export interface Memberships {
  /** `parts.off`, `parts.key_invalid`, `parts.proof_wrong`, `parts.invitation_wrong`, `parts.joins_slowed`, `parts.too_many`, `keys.*` */
  join(asked: Asked & { readonly invitation: string }): Promise<Membership>;
  /**
   * `certificate` is the former one, DER. `parts.off`, `parts.key_invalid`, `parts.proof_wrong`, `parts.joins_slowed`,
   * `parts.certificate_refused`, `parts.lapsed`, `parts.removed`, `parts.holder_superseded`, `keys.*`
   */
  renew(
    asked: Asked & { readonly certificate: Uint8Array; readonly formerProof: Uint8Array },
  ): Promise<Membership>;
  /**
   * Who a part is whose chain its connection has proven, and notes the use. `parts.off`, `parts.certificate_over`,
   * `parts.certificate_refused`, `parts.removed`
   */
  identify(certificate: WorkloadCertificate): Promise<Principal>;
}

export interface MembershipDeps extends HolderDeps {
  readonly authority: WorkloadAuthority;
  /** Undefined while there is none. */
  readonly place: () => PartPlace | undefined;
}

export function createMemberships(deps: MembershipDeps): Memberships {
  const { database, clock, authority } = deps;
  const brake = createLoginBrake(deps);
  const standing = createRowCache<Standing | undefined>(
    database,
    ['part', 'part_holder', 'account', 'robot'],
    limits.rememberedRows,
  );

  /**
   * Counts what `check` does not find as a wrong login. By holder where one is named: who guesses from behind the same
   * address keeps nobody from renewing. `parts.joins_slowed`
   */
  async function slowed<T>(
    { name, from }: { readonly name: string; readonly from: string },
    check: () => Promise<T | undefined>,
    refusal: () => Error,
  ): Promise<T> {
    try {
      const found = await brake.attempt(name, from, check);
      if (found !== undefined) return found;
    } catch (error) {
      if (!isPlimsollError(error, { code: 'hub.logins_slowed' })) throw error;
      throw partErrors.joins_slowed('too many invitations or proofs from this address were wrong', {
        cause: error.cause,
      });
    }
    throw refusal();
  }

  async function certify(place: PartPlace, name: string, holder: string, publicKey: Uint8Array) {
    const id = idOfPart(place.trustDomain, name);
    const issued = await authority.issue({ id, holder, publicKey });
    return describe(place, name, issued, await authority.listAuthorities(place.trustDomain));
  }

  return {
    async join({ invitation, host, from, publicKey, proof }) {
      const place = needPlace(deps);
      checkPartKey(publicKey);
      const right = Buffer.from(invitation);
      const hash = hashSecret(invitation);
      let isProven = false;
      const found = await slowed(
        { name: from, from },
        async () => {
          isProven = isPartProof(publicKey, { host, right, publicKey }, proof);
          return isProven ? findInvited(database.query, hash, clock.now()) : undefined;
        },
        () => (isProven ? wrongInvitation() : wrongProof(host)),
      );
      const holder = await database.transaction((query) =>
        enterPart(query, deps, { ...found, hash, publicKey }),
      );
      return certify(place, found.part.name, holder, publicKey);
    },

    async renew({ certificate, host, from, publicKey, proof, formerProof }) {
      const place = needPlace(deps);
      checkPartKey(publicKey);
      const former = readFormer(certificate);
      if (former.id.trustDomain !== place.trustDomain || !(await authority.hasIssued(certificate, former)))
        throw partErrors.certificate_refused(
          `the certificate of ${formatSpiffeId(former.id)} is not one of this instance, ${place.trustDomain}`,
        );
      const said = { host, right: certificate, publicKey };
      const prove = () =>
        isPartProof(publicKey, said, proof) && isPartProof(former.publicKey, said, formerProof);
      await slowed(
        { name: former.holder as string, from },
        async () => prove() || undefined,
        () => wrongProof(host),
      );
      if (clock.now() - former.notAfterMs > limits.partLapseMs)
        throw partErrors.lapsed(`the certificate ended at ${formatInstant(former.notAfterMs)}`);
      const outcome = await database.transaction((query) => succeedHolder(query, deps, former, publicKey));
      if (outcome.kind === 'removed') throw removed(former);
      if (outcome.kind === 'superseded')
        throw partErrors.holder_superseded(
          `the key of the certificate that ${outcome.name} came with was renewed already; holder ${former.holder}`,
        );
      return certify(place, outcome.name, former.holder as string, publicKey);
    },

    async identify(certificate) {
      const place = needPlace(deps);
      const now = clock.now();
      const { id, holder, keySha256, notBeforeMs, notAfterMs } = certificate;
      if (now > notAfterMs)
        throw partErrors.certificate_over(`the part’s certificate ended at ${formatInstant(notAfterMs)}`);
      if (now < notBeforeMs)
        throw partErrors.certificate_over(`the part’s certificate begins at ${formatInstant(notBeforeMs)}`);
      if (id.trustDomain !== place.trustDomain || partOfId(id) === undefined || holder === undefined)
        throw partErrors.certificate_refused(`${formatSpiffeId(id)} is no part of ${place.trustDomain}`);
      const found = await standing.read(holder, () => findStanding(deps, holder));
      if (found === undefined || found.part.name !== partOfId(id)) throw removed(certificate);
      // A stolen key of the authority would certify any: it has to be one that this holder was given.
      if (keySha256 !== found.holder.key_sha256 && keySha256 !== found.holder.former_key_sha256)
        throw partErrors.certificate_refused(`the key is none that ${found.part.name} has now`);
      await noteHolderUse(database.query, found.holder, now);
      return found.principal;
    },
  };
}

function needPlace({ place }: MembershipDeps): PartPlace {
  const found = place();
  if (found === undefined) throw partErrors.off('this instance does not listen for parts');
  return found;
}

function describe(
  { trustDomain, address }: PartPlace,
  name: string,
  { der, notBeforeMs, notAfterMs }: IssuedWorkload,
  authorities: readonly Uint8Array[],
): Membership {
  return {
    part: name,
    trustDomain,
    spiffeId: formatSpiffeId(idOfPart(trustDomain, name)),
    serverId: formatSpiffeId({ trustDomain, path: instancePath }),
    address,
    certificate: formatPem([der]),
    authorities: authorities.map((one) => formatPem([one])),
    notBefore: notBeforeMs,
    notAfter: notAfterMs,
    renewAfter: notAfterMs - workloadLeafMs / 2,
  };
}

function wrongProof(host: string): Error {
  return partErrors.proof_wrong(`a proof is not a signature of its key over the text for ${host}`);
}

function removed({ id, holder }: WorkloadCertificate): Error {
  return partErrors.removed(
    `${formatSpiffeId(id)} is no part of this instance any more, or its owner is gone; holder ${holder}`,
  );
}

/** `parts.certificate_refused` of what no part of any instance has. */
function readFormer(der: Uint8Array): WorkloadCertificate {
  try {
    const read = readWorkload(der);
    if (partOfId(read.id) !== undefined && read.holder !== undefined) return read;
    throw partErrors.certificate_refused(`${formatSpiffeId(read.id)} is no part`);
  } catch (error) {
    if (!isPlimsollError(error) || error.code === partErrors.certificate_refused.code) throw error;
    throw partErrors.certificate_refused(`the former certificate cannot be one: ${error.message}`, {
      cause: error,
    });
  }
}
