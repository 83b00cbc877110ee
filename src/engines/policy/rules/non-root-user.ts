// Rule: the image runs as a user that is not root, judged from its configuration's `User` alone. A name
// that the image's own etc/passwd maps to user 0 is not seen here, and the reason says so.
import { z } from 'zod';
import type { PolicyEvidence } from '../evidence.ts';
import { answerFail, answerPass, answerUnknown, type Rule, type RuleAnswer } from './rule.ts';

export const nonRootUser: Rule<Record<string, never>> = Object.freeze({
  id: 'non-root-user',
  names: ['default-non-root-user'],
  title: () => 'Runs as a user that is not root',
  meaning:
    'Fails where the configuration names no user, root, or user 0, with or without a group. Unknown where no configuration is read: a folder and an SBOM have none. Names other than root are taken as they are: etc/passwd is not consulted.',
  weight: 5,
  config: z.strictObject({}),
  judge,
});

function judge({ config }: PolicyEvidence): RuleAnswer {
  if (config === undefined)
    return answerUnknown(
      'User not known',
      'No image configuration was read (a folder and an SBOM have none), so its user is not known.',
    );
  const user = (config.user ?? '').split(':')[0]?.trim() ?? '';
  if (user === '') return answerFail('Runs as root', 'The configuration names no user, so it runs as root.');
  if (user === 'root') return answerFail('Runs as root', `The configuration names the user ${config.user}.`);
  if (!isNumeric(user))
    return answerPass(
      'Not root',
      `Runs as “${user}”; which number the image’s etc/passwd gives that name was not judged.`,
    );
  if (Number(user) === 0)
    return answerFail('Runs as root', `The configuration names the user ${config.user}, which is root.`);
  return answerPass('Not root', `Runs as user ${user}.`);
}

/** As runtimes read it (Go's Atoi): `00` and `+0` are user 0 too. */
function isNumeric(user: string): boolean {
  return /^[+-]?\d+$/.test(user);
}
