// From what an identity token says to the identity that a certificate is for, with Fulcio's claims (fulcio
// docs/oid-info.md). Jobs of GitHub and GitLab are told by their claims, whoever runs the forge; people by a verified
// e-mail address; anything else by a URI of the issuer's own host. An issuer speaks for nothing but its own host:
// every address is made below it, never taken from a claim. The token itself was judged before.
import { authorityErrors } from './errors.ts';
import type { Identity } from './identity.ts';

export interface TokenClaims {
  readonly sub: string;
  readonly [claim: string]: unknown;
}

/** What a client signs to prove that it has the key: Fulcio's challenge, the subject or the address. */
export interface TokenIdentity extends Identity {
  readonly challenge: string;
}

/** `authority.identity_invalid` where the token names nobody whom a certificate can name. */
export function identityOfToken(issuer: string, claims: TokenClaims): TokenIdentity {
  const read = (name: string): string | undefined => {
    const value = claims[name];
    if (typeof value === 'number' && Number.isSafeInteger(value)) return String(value);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const token = { issuer, challenge: claims.sub };
  if (read('job_workflow_ref') !== undefined) return { ...token, ...githubJob(webOf(issuer), read) };
  if (read('ci_config_ref_uri') !== undefined) return { ...token, ...gitlabJob(webOf(issuer), read) };
  const email = read('email');
  if (email !== undefined) return { issuer, challenge: email, ...person(email, claims.email_verified) };
  return { ...token, subject: { kind: 'uri', uri: checkOwn(issuer, claims.sub) } };
}

type Read = (name: string) => string | undefined;
type Named = Pick<Identity, 'subject' | 'claims'>;

/** GitHub's tokens come from another host than its pages; a forge of one's own has both on one. */
function webOf(issuer: string): string {
  const { origin } = new URL(issuer);
  return origin === 'https://token.actions.githubusercontent.com' ? 'https://github.com' : origin;
}

function githubJob(web: string, read: Read): Named {
  const below = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : `${web}/${path}`;
  const signer = below(read('job_workflow_ref')) as string;
  const [repository, run, attempt] = [read('repository'), read('run_id'), read('run_attempt')];
  const invocation =
    repository === undefined || run === undefined
      ? undefined
      : `${web}/${repository}/actions/runs/${run}${attempt === undefined ? '' : `/attempts/${attempt}`}`;
  return {
    subject: { kind: 'uri', uri: signer },
    claims: withoutAbsent({
      legacyTrigger: read('event_name'),
      legacySha: read('sha'),
      legacyName: read('workflow'),
      legacyRepository: repository,
      legacyRef: read('ref'),
      buildSignerUri: signer,
      buildSignerDigest: read('job_workflow_sha'),
      runnerEnvironment: read('runner_environment'),
      sourceRepositoryUri: below(repository),
      sourceRepositoryDigest: read('sha'),
      sourceRepositoryRef: read('ref'),
      sourceRepositoryId: read('repository_id'),
      sourceRepositoryOwnerUri: below(read('repository_owner')),
      sourceRepositoryOwnerId: read('repository_owner_id'),
      buildConfigUri: below(read('workflow_ref')),
      buildConfigDigest: read('workflow_sha'),
      buildTrigger: read('event_name'),
      runInvocationUri: invocation,
      sourceRepositoryVisibility: read('repository_visibility'),
      deploymentEnvironment: read('environment'),
    }),
  };
}

const REF_KINDS: Readonly<Record<string, string>> = Object.freeze({
  branch: 'refs/heads/',
  tag: 'refs/tags/',
});

function gitlabJob(web: string, read: Read): Named {
  const config = read('ci_config_ref_uri') as string;
  const { host } = new URL(web);
  // It begins with the forge's own host; another one's would be another's identity.
  if (!config.startsWith(`${host}/`))
    throw authorityErrors.identity_invalid(
      `the token's ci_config_ref_uri is of another host than its issuer ${host}`,
    );
  const below = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : `${web}/${path}`;
  const signer = `${web}${config.slice(host.length)}`;
  const [project, ref, kind, job] = [
    read('project_path'),
    read('ref'),
    REF_KINDS[read('ref_type') ?? ''],
    read('job_id'),
  ];
  return {
    subject: { kind: 'uri', uri: signer },
    claims: withoutAbsent({
      buildSignerUri: signer,
      buildSignerDigest: read('ci_config_sha'),
      runnerEnvironment: read('runner_environment'),
      sourceRepositoryUri: below(project),
      sourceRepositoryDigest: read('sha'),
      sourceRepositoryRef: ref === undefined || kind === undefined ? undefined : `${kind}${ref}`,
      sourceRepositoryId: read('project_id'),
      sourceRepositoryOwnerUri: below(read('namespace_path')),
      sourceRepositoryOwnerId: read('namespace_id'),
      buildConfigUri: signer,
      buildConfigDigest: read('ci_config_sha'),
      buildTrigger: read('pipeline_source'),
      runInvocationUri:
        project === undefined || job === undefined ? undefined : `${web}/${project}/-/jobs/${job}`,
      sourceRepositoryVisibility: read('project_visibility'),
      deploymentEnvironment: read('environment'),
    }),
  };
}

/** An address that nobody has proven may be anybody's. Some issuers write the flag as a text. */
function person(email: string, isVerified: unknown): Named {
  if (isVerified !== true && isVerified !== 'true')
    throw authorityErrors.identity_invalid('the token’s issuer has not verified its e-mail address');
  return { subject: { kind: 'email', email } };
}

function checkOwn(issuer: string, subject: string): string {
  const isOwn = URL.canParse(subject) && new URL(subject).origin === new URL(issuer).origin;
  if (!isOwn || new URL(subject).origin === 'null')
    throw authorityErrors.identity_invalid(
      `the token of ${issuer.slice(0, 200)} is of no job, has no e-mail address, and its subject is no address of that host`,
    );
  return subject;
}

function withoutAbsent(
  claims: Readonly<Record<string, string | undefined>>,
): NonNullable<Identity['claims']> {
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}
