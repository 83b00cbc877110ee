// `plimsoll gate manifests`: what a cluster is told so that it asks the gate. The policy itself stays in files of its
// own, in a ConfigMap, so that it changes without these.

import { parseCertificates } from '../../../../formats/crypto/certificate.ts';
import { parseRegistryReference } from '../../../../formats/oci/reference.ts';
import { parseInstanceAddress } from '../../../../io/parts/join.ts';
import { limits } from '../../../../kit/limits.ts';
import { argument, type CommandInput, isSet, textOption } from '../../command.ts';
import { cliErrors } from '../../errors.ts';
import { type ExitCode, exitCodes } from '../../exit.ts';
import type { CliWorld } from '../../world.ts';
import { loadGate } from './load.ts';
import { formatManifests } from './manifest-text.ts';

export async function printManifests(world: CliWorld, input: CommandInput): Promise<ExitCode> {
  const { policy } = await loadGate(world, argument(input, 1));
  const image = textOption(input, 'image');
  if (image === undefined)
    throw cliErrors.usage('`gate manifests` needs --image: the image of Plimsoll that the cluster is to run');
  parseRegistryReference(image);
  const namespace = textOption(input, 'namespace') ?? 'plimsoll-gate';
  if (!/^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/.test(namespace))
    throw cliErrors.option_invalid(`--namespace "${namespace}" is no name of a namespace`);
  const authority = await readAuthority(world, textOption(input, 'ca'));
  const part = textOption(input, 'part');
  const instance = part === undefined ? undefined : parseInstanceAddress(part);
  if (instance?.startsWith('http:') === true)
    throw cliErrors.option_invalid(`--part ${instance}: a cluster joins an instance over https`);
  world.stdout.write(
    formatManifests({
      image,
      namespace,
      isMutating: !isSet(input, 'onlyValidate'),
      // A selector takes no patterns; the policy's own hold in the gate.
      exemptNamespaces: policy.exemptNamespaces.filter((one) => /^[a-z0-9-]+$/.test(one)),
      ...(authority === undefined ? {} : { authority }),
      ...(instance === undefined ? {} : { instance }),
    }),
  );
  return exitCodes.yes;
}

async function readAuthority(world: CliWorld, file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await world.readTextFile(file, limits.pemFileBytes);
  if (text === undefined) throw cliErrors.option_invalid(`--ca ${file}: there is no such file`);
  parseCertificates(text);
  return text;
}
