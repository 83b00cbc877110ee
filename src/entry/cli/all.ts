// The commands, in the order in which `plimsoll help` lists them. Each is imported when it is called.
import type { CliCommand } from './command.ts';

export interface CommandRow {
  readonly name: string;
  /** Other names that people know it by. */
  readonly aliases?: readonly string[];
  readonly summary: string;
  load(): Promise<CliCommand>;
}

export const commands: readonly CommandRow[] = Object.freeze([
  {
    name: 'serve',
    summary: 'run the registry, the pages and the workers',
    load: async () => (await import('./commands/serve.ts')).serveCommand,
  },
  {
    name: 'inspect',
    summary: 'what an image holds, what is wrong with it, what the policy says',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'compare',
    aliases: ['diff'],
    summary: 'what a change does to an image: CVEs, packages, policies, size',
    load: async () => (await import('./commands/compare.ts')).compareCommand,
  },
  {
    name: 'quickview',
    aliases: ['qv'],
    summary: 'an image and its base at a glance',
    load: async () => (await import('./commands/quickview.ts')).quickviewCommand,
  },
  {
    name: 'cves',
    summary: 'the CVEs of an image, by package',
    load: async () => (await import('./commands/cves.ts')).cvesCommand,
  },
  {
    name: 'sbom',
    summary: 'what an image holds, as a list or a document',
    load: async () => (await import('./commands/sbom.ts')).sbomCommand,
  },
  {
    name: 'recommendations',
    summary: 'which base would be better, and what it would change',
    load: async () => (await import('./commands/recommendations.ts')).recommendationsCommand,
  },
  {
    name: 'environment',
    aliases: ['env'],
    summary: 'record what runs where, or list it',
    load: async () => (await import('./commands/environment.ts')).environmentCommand,
  },
  {
    name: 'policy',
    summary: 'check a policy file, or list the rules that one can be made of',
    load: async () => (await import('./commands/policy.ts')).policyCommand,
  },
  {
    name: 'gate',
    summary: 'let images run or not: for Kubernetes, Gatekeeper and containerd',
    load: async () => (await import('./commands/gate.ts')).gateCommand,
  },
  {
    name: 'copy',
    summary: 'move an image between registries, folders and archives, byte for byte',
    load: async () => (await import('./commands/copy.ts')).copyCommand,
  },
  {
    name: 'sign',
    summary: 'sign an image for every client: its index, its platforms and its tag',
    load: async () => (await import('./commands/sign.ts')).signCommand,
  },
  {
    name: 'attest',
    summary: 'sign a statement about an image: provenance, SBOM, VEX, scan',
    load: async () => (await import('./commands/attest.ts')).attestCommand,
  },
  {
    name: 'key',
    summary: 'make a key to sign with, or show the public half of one',
    load: async () => (await import('./commands/key.ts')).keyCommand,
  },
  {
    name: 'verify',
    summary: 'who signed an image, what that proves, and what it does not',
    load: async () => (await import('./commands/verify.ts')).verifyCommand,
  },
  {
    name: 'dct',
    summary: 'leave Docker Content Trust: keep and verify what Notary v1 signed, sign it anew, compare',
    load: async () => (await import('./commands/dct.ts')).dctCommand,
  },
  {
    name: 'trust',
    summary: 'whose signatures are believed here, and the authority of an instance',
    load: async () => (await import('./commands/trust.ts')).trustCommand,
  },
  {
    name: 'history',
    summary: 'who moved a tag, when, and what it was; proven by its tag log',
    load: async () => (await import('./commands/history.ts')).historyCommand,
  },
  {
    name: 'repository',
    summary: 'which tags of a repository stay what they are',
    load: async () => (await import('./commands/repository.ts')).repositoryCommand,
  },
  {
    name: 'identity',
    summary: 'who signs the images of a repository, and who is expected to',
    load: async () => (await import('./commands/identity.ts')).identityCommand,
  },
  {
    name: 'revoke',
    summary: 'take an image, a key or an identity back by a signed statement, or undo that',
    load: async () => (await import('./commands/revoke.ts')).revokeCommand,
  },
  {
    name: 'comment',
    summary: 'write a report into a pull request, one comment for each job',
    load: async () => (await import('./commands/comment.ts')).commentCommand,
  },
  {
    name: 'advisories',
    summary: 'refresh, publish or pull the advisory feeds, or tell their age and size',
    load: async () => (await import('./commands/advisories.ts')).advisoriesCommand,
  },
  {
    name: 'keys',
    summary: 'how old an instance’s keys, certificates and tokens are, and what renews them',
    load: async () => (await import('./commands/keys.ts')).keysCommand,
  },
  {
    name: 'storage',
    summary: 'what an instance stores, what of it goes, and collecting now',
    load: async () => (await import('./commands/storage.ts')).storageCommand,
  },
  {
    name: 'retention',
    summary: 'what a repository keeps, what its rule would remove, and removing it',
    load: async () => (await import('./commands/retention.ts')).retentionCommand,
  },
  {
    name: 'undelete',
    summary: 'bring back what was deleted from an instance',
    load: async () => (await import('./commands/undelete.ts')).undeleteCommand,
  },
  {
    name: 'backup',
    summary: 'copy what the server keeps, while it runs',
    load: async () => (await import('./commands/backup.ts')).backupCommand,
  },
  {
    name: 'restore',
    summary: 'make a data folder of a backup',
    load: async () => (await import('./commands/restore.ts')).restoreCommand,
  },
  {
    name: 'login',
    summary: 'log in to a registry; docker and podman see it too',
    load: async () => (await import('./commands/login.ts')).loginCommand,
  },
  {
    name: 'logout',
    summary: 'forget a registry’s login',
    load: async () => (await import('./commands/logout.ts')).logoutCommand,
  },
  {
    name: 'org',
    summary: 'organisations, their members, teams and robots',
    load: async () => (await import('./commands/org.ts')).orgCommand,
  },
  {
    name: 'role',
    summary: 'who may read, write, maintain or own a namespace or repository',
    load: async () => (await import('./commands/role.ts')).roleCommand,
  },
  {
    name: 'token',
    summary: 'access tokens of yours or of a robot',
    load: async () => (await import('./commands/token.ts')).tokenCommand,
  },
  {
    name: 'certificate',
    summary: 'client certificates that log in in place of a password',
    load: async () => (await import('./commands/certificate.ts')).certificateCommand,
  },
  {
    name: 'part',
    summary: 'parts of an instance that run elsewhere, as gates: who may be one, joining, leaving',
    load: async () => (await import('./commands/part.ts')).partCommand,
  },
  {
    name: 'publisher',
    summary: 'CI jobs that may push without a secret',
    load: async () => (await import('./commands/publisher.ts')).publisherCommand,
  },
  {
    name: 'account',
    summary: 'who may log in, for administrators',
    load: async () => (await import('./commands/account.ts')).accountCommand,
  },
  {
    name: 'audit',
    summary: 'who did what, and whether the log is still whole, for administrators',
    load: async () => (await import('./commands/audit.ts')).auditCommand,
  },
  {
    name: 'config',
    summary: 'what is configured, and where each value came from',
    load: async () => (await import('./commands/config.ts')).configCommand,
  },
]);
