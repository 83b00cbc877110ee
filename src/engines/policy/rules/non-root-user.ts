// Rule: the image runs as a user that is not root, judged from its configuration's `User` alone. A name
// that the image's own etc/passwd maps to user 0 is not seen here, and the reason says so.
import type { PolicyEvidence } from '../evidence.ts';
import type { Rule, RuleAnswer } from './rule.ts';

export const nonRootUser: Rule = Object.freeze({
  id: 'non-root-user',
  title: 'Runs as a user that is not root',
  meaning:
    'Fails where the configuration names no user, root, or user 0, with or without a group. Unknown where no configuration is read: a folder and an SBOM have none. Names other than root are taken as they are: etc/passwd is not consulted.',
  judge,
} satisfies Rule);

function judge({ config }: PolicyEvidence): RuleAnswer {
  if (config === undefined) {
    const reasons = [
      'No image configuration was read (a folder and an SBOM have none), so its user is not known.',
    ];
    return { outcome: 'unknown', label: 'User not known', reasons, excess: 0, unjudged: 1 };
  }
  const user = (config.user ?? '').split(':')[0]?.trim() ?? '';
  if (user === '') return fail('The configuration names no user, so it runs as root.');
  if (user === 'root') return fail(`The configuration names the user ${config.user}.`);
  if (!isNumeric(user)) {
    const reasons = [
      `Runs as “${user}”; which number the image’s etc/passwd gives that name was not judged.`,
    ];
    return { outcome: 'pass', label: 'Not root', reasons, excess: 0, unjudged: 0 };
  }
  if (Number(user) === 0) return fail(`The configuration names the user ${config.user}, which is root.`);
  return {
    outcome: 'pass',
    label: 'Not root',
    reasons: [`Runs as user ${user}.`],
    excess: 0,
    unjudged: 0,
  };
}

/** As runtimes read it (Go's Atoi): `00` and `+0` are user 0 too. */
function isNumeric(user: string): boolean {
  return /^[+-]?\d+$/.test(user);
}

function fail(reason: string): RuleAnswer {
  return { outcome: 'fail', label: 'Runs as root', reasons: [reason], excess: 1, unjudged: 0 };
}
