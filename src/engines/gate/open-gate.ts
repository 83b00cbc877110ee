// A gate of its parts: each requirement goes to the source that can answer it, and answers are remembered for as long as
// the policy says.
import type { RegistryReference } from '../../formats/oci/reference.ts';
import type { InstanceClient } from '../../io/images/instance.ts';
import type { ImageSource } from '../../io/images/source.ts';
import type { Clock } from '../../kit/clock.ts';
import { createEvidenceVerdicts } from './evidence-verdicts.ts';
import { createGate, type Gate } from './gate.ts';
import { createImagePlace } from './image-place.ts';
import { createInstanceVerdicts } from './instance-verdicts.ts';
import type { GateMaterial } from './material.ts';
import { rememberVerdicts } from './remembered-verdicts.ts';
import type { VerdictSource } from './verdict.ts';

export interface GateWorld {
  openSource(reference: RegistryReference): Promise<ImageSource>;
  openInstance(host: string): Promise<InstanceClient>;
  readonly clock: Clock;
}

export function openGate({ policy, ...material }: GateMaterial, world: GateWorld): Gate {
  const { clock } = world;
  const place = createImagePlace((reference) => world.openSource(reference));
  const openInstance = (host: string) => world.openInstance(host);
  const proved = createEvidenceVerdicts({ ...material, place, openInstance, clock });
  const told = createInstanceVerdicts(openInstance);
  const source: VerdictSource = {
    judge: (question) => (question.requirement.kind === 'verdict' ? told : proved).judge(question),
  };
  return createGate({ policy, place, verdicts: rememberVerdicts(source, clock, policy.rememberMs), clock });
}
