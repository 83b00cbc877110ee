// `plimsoll trust root propose|sign|apply|show`: the root of an instance's trust, changed by a file that travels to
// those who hold its keys.
import type { CommandInput } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import type { ExitCode } from '../../exit.ts';
import { checkChoice } from '../../option.ts';
import type { CliWorld } from '../../world.ts';
import { applyRoot } from './root/apply.ts';
import { proposeNextRoot } from './root/propose.ts';
import { showRoot } from './root/show.ts';
import { signRoot } from './root/sign.ts';

const STEPS = { propose: proposeNextRoot, sign: signRoot, apply: applyRoot, show: showRoot };

export function changeRoot(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const [, step = '', file] = input.args;
  const names = Object.keys(STEPS) as (keyof typeof STEPS)[];
  const chosen = checkChoice('trust root', step, names);
  if (file === undefined && chosen !== 'show')
    throw cliErrors.usage(`trust root ${chosen} takes the file that travels, as next-root.json`);
  return STEPS[chosen](world, input);
}
