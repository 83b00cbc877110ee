// Who signs in tests of signatures, and what a builder says of its build.
import type { Identity } from '../../src/engines/authority/identity.ts';
import type { Json } from '../../src/kit/json.ts';

export const issuer = 'https://git.example.org/oidc';

/** A workflow that is at home in the repository that it builds. */
export function workflowOf(repository: string): Identity {
  const uri = `https://git.example.org/${repository}/.workflows/release.yml@refs/tags/v1`;
  return {
    issuer,
    subject: { kind: 'uri', uri },
    claims: {
      buildSignerUri: uri,
      runnerEnvironment: 'self-hosted',
      sourceRepositoryUri: `https://git.example.org/${repository}`,
      sourceRepositoryDigest: 'a'.repeat(40),
      sourceRepositoryRef: 'refs/tags/v1',
    },
  };
}

/** SLSA provenance v1 of a build. */
export function provenance(builder: string, commit: string): Json {
  return {
    buildDefinition: {
      buildType: 'https://git.example.org/build/v1',
      externalParameters: {
        workflow: {
          repository: 'https://git.example.org/acme/app',
          ref: 'refs/tags/v1',
          path: '.workflows/release.yml',
        },
        args: { CGO_ENABLED: '0' },
      },
      internalParameters: { isolation: 'namespaces' },
      resolvedDependencies: [
        { uri: 'git+https://git.example.org/acme/app@refs/tags/v1', digest: { gitCommit: commit } },
        { uri: 'pkg:docker/golang@1.26', digest: { sha256: 'b'.repeat(64) } },
      ],
    },
    runDetails: {
      builder: { id: builder },
      metadata: { invocationId: '1', startedOn: '2026-11-20T12:00:00Z' },
    },
  };
}
