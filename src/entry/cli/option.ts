// Values of arguments and options, checked once and said clearly.
import { isRegistryHost } from '../../formats/oci/reference.ts';
import { cliErrors } from './errors.ts';

/** The value as one of the choices, or `cli.option_invalid` that lists them. */
export function checkChoice<const T extends string>(option: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found !== undefined) return found;
  throw cliErrors.option_invalid(`${option} is ${choices.join(', ')}; "${value}" is none of them`);
}

/** The registry's host as it is kept and asked, or `cli.option_invalid`. */
export function checkHost(text: string): string {
  if (isRegistryHost(text)) return text;
  throw cliErrors.option_invalid(
    `"${text}" is not a registry host: write HOST or HOST:PORT, nothing around it`,
  );
}
