// Claims of identity tokens as the certificates' identities: GitHub's and GitLab's tokens as they really are, people,
// and what an issuer may not speak for.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isPlimsollError } from '../../kit/error.ts';
import { authorityErrors } from './errors.ts';
import { checkIdentity } from './identity.ts';
import { identityOfToken } from './token-identity.ts';

const github = {
  sub: 'repo:acme/app:ref:refs/heads/main',
  repository: 'acme/app',
  repository_owner: 'acme',
  repository_id: '1296269',
  repository_owner_id: 583231,
  repository_visibility: 'public',
  ref: 'refs/heads/main',
  sha: 'a'.repeat(40),
  event_name: 'push',
  workflow: 'release',
  workflow_ref: 'acme/app/.github/workflows/release.yml@refs/heads/main',
  workflow_sha: 'b'.repeat(40),
  job_workflow_ref: 'acme/build/.github/workflows/build.yml@refs/tags/v1',
  job_workflow_sha: 'c'.repeat(40),
  runner_environment: 'github-hosted',
  run_id: '42',
  run_attempt: '2',
};

test('token identity: a job of GitHub is its builder, and its source is told beside', () => {
  const issuer = 'https://token.actions.githubusercontent.com';
  const { subject, claims, challenge } = identityOfToken(issuer, github);
  const builder = 'https://github.com/acme/build/.github/workflows/build.yml@refs/tags/v1';
  assert.deepEqual(subject, { kind: 'uri', uri: builder });
  assert.equal(challenge, github.sub);
  assert.deepEqual(claims, {
    legacyTrigger: 'push',
    legacySha: 'a'.repeat(40),
    legacyName: 'release',
    legacyRepository: 'acme/app',
    legacyRef: 'refs/heads/main',
    buildSignerUri: builder,
    buildSignerDigest: 'c'.repeat(40),
    runnerEnvironment: 'github-hosted',
    sourceRepositoryUri: 'https://github.com/acme/app',
    sourceRepositoryDigest: 'a'.repeat(40),
    sourceRepositoryRef: 'refs/heads/main',
    sourceRepositoryId: '1296269',
    sourceRepositoryOwnerUri: 'https://github.com/acme',
    sourceRepositoryOwnerId: '583231',
    buildConfigUri: 'https://github.com/acme/app/.github/workflows/release.yml@refs/heads/main',
    buildConfigDigest: 'b'.repeat(40),
    buildTrigger: 'push',
    runInvocationUri: 'https://github.com/acme/app/actions/runs/42/attempts/2',
    sourceRepositoryVisibility: 'public',
  });
});

test('token identity: a forge of one’s own speaks for its own host alone', () => {
  const { subject, claims } = identityOfToken('https://git.example.org/_services/token', github);
  assert.equal(
    subject.kind === 'uri' && subject.uri,
    'https://git.example.org/acme/build/.github/workflows/build.yml@refs/tags/v1',
  );
  assert.equal(claims?.sourceRepositoryUri, 'https://git.example.org/acme/app');
  // Whatever path it names, the host stays.
  const far = identityOfToken('https://git.example.org', { ...github, job_workflow_ref: '@github.com/acme' });
  assert.equal(new URL(far.subject.kind === 'uri' ? far.subject.uri : '').host, 'git.example.org');
});

const gitlab = {
  sub: 'project_path:acme/app:ref_type:tag:ref:v1',
  project_path: 'acme/app',
  project_id: '22',
  namespace_path: 'acme',
  namespace_id: '72',
  project_visibility: 'private',
  ref: 'v1',
  ref_type: 'tag',
  sha: 'a'.repeat(40),
  pipeline_source: 'push',
  job_id: '303024',
  runner_environment: 'gitlab-hosted',
  ci_config_ref_uri: 'gitlab.com/acme/app//.gitlab-ci.yml@refs/tags/v1',
  ci_config_sha: 'b'.repeat(40),
};

test('token identity: a job of GitLab is the file that configures it, with its source beside', () => {
  const { subject, claims } = identityOfToken('https://gitlab.com', gitlab);
  const config = 'https://gitlab.com/acme/app//.gitlab-ci.yml@refs/tags/v1';
  assert.deepEqual(subject, { kind: 'uri', uri: config });
  assert.deepEqual(claims, {
    buildSignerUri: config,
    buildSignerDigest: 'b'.repeat(40),
    runnerEnvironment: 'gitlab-hosted',
    sourceRepositoryUri: 'https://gitlab.com/acme/app',
    sourceRepositoryDigest: 'a'.repeat(40),
    sourceRepositoryRef: 'refs/tags/v1',
    sourceRepositoryId: '22',
    sourceRepositoryOwnerUri: 'https://gitlab.com/acme',
    sourceRepositoryOwnerId: '72',
    buildConfigUri: config,
    buildConfigDigest: 'b'.repeat(40),
    buildTrigger: 'push',
    runInvocationUri: 'https://gitlab.com/acme/app/-/jobs/303024',
    sourceRepositoryVisibility: 'private',
  });
});

test('token identity: a GitLab of another host cannot speak for gitlab.com', () => {
  for (const issuer of ['https://gitlab.evil.example', 'https://gitlab.co'])
    assert.throws(() => identityOfToken(issuer, gitlab), { code: authorityErrors.identity_invalid.code });
});

test('token identity: a person is a verified address, which is then what the key signs', () => {
  const issuer = 'https://accounts.example.org';
  const claims = { sub: '1', email: 'ada@example.org', email_verified: true };
  assert.deepEqual(identityOfToken(issuer, claims), {
    issuer,
    challenge: 'ada@example.org',
    subject: { kind: 'email', email: 'ada@example.org' },
  });
  for (const email_verified of [false, undefined, 'false', 1])
    assert.throws(() => identityOfToken(issuer, { ...claims, email_verified }), {
      code: authorityErrors.identity_invalid.code,
    });
});

test('token identity: any other subject is an address of the issuer’s own host, or nobody', () => {
  const issuer = 'https://git.example.org/oidc';
  const sub = 'https://git.example.org/acme/app/workflow@main';
  assert.deepEqual(identityOfToken(issuer, { sub }).subject, { kind: 'uri', uri: sub });
  for (const other of [
    'https://github.com/acme/app',
    '248289761001',
    'urn:acme',
    'http://git.example.org/a',
    '',
  ])
    assert.throws(() => identityOfToken(issuer, { sub: other }), {
      code: authorityErrors.identity_invalid.code,
    });
});

test('token identity: whatever a token says, it is an identity of its issuer or a coded refusal', () => {
  const value = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(undefined));
  const names = [...Object.keys(github), ...Object.keys(gitlab), 'email', 'email_verified', 'environment'];
  const claims = fc.record(Object.fromEntries(names.map((name) => [name, value])), { requiredKeys: [] });
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), claims, (sub, rest) => {
      try {
        const identity = identityOfToken('https://git.example.org', { ...rest, sub });
        checkIdentity(identity);
        if (identity.subject.kind === 'uri')
          assert.ok(identity.subject.uri.startsWith('https://git.example.org/'), identity.subject.uri);
      } catch (error) {
        assert.ok(isPlimsollError(error, { code: authorityErrors.identity_invalid.code }), String(error));
      }
    }),
  );
});
