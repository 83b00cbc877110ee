// Values of options, checked once and said clearly.
import { cliErrors } from './errors.ts';

/** The value as one of the choices, or `cli.option_invalid` that lists them. */
export function checkChoice<const T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw cliErrors.option_invalid(`${option} is ${choices.join(', ')}; "${value}" is none of them`);
}
