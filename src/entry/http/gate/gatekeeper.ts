// The door of Gatekeeper: an external data provider. A key is an image, or a namespace, a space and an image; its value
// is the same with the image as it should run, with its digest, and its error why it must not. Asked with its own answer
// it answers the same, so that one provider serves validation and mutation.
import { explainImage } from '../../../engines/gate/explain.ts';
import type { Gate, ImageDecision } from '../../../engines/gate/gate.ts';
import type { ProviderItem, ProviderRequest } from '../../../formats/kubernetes/provider-request.ts';

export interface ProvidedAnswer {
  readonly items: readonly ProviderItem[];
  readonly decisions: readonly ImageDecision[];
}

export async function provide(
  gate: Gate,
  { keys }: ProviderRequest,
  signal: AbortSignal,
): Promise<ProvidedAnswer> {
  const namespaces = new Map<string, string[]>();
  for (const key of new Set(keys)) {
    const [namespace] = splitKey(key);
    namespaces.set(namespace, [...(namespaces.get(namespace) ?? []), key]);
  }
  const decided = new Map<string, ImageDecision>();
  // One namespace after the other: the bound on questions at a time is the whole request's.
  for (const [namespace, own] of namespaces) {
    const images = own.map((key) => ({ image: splitKey(key)[1], place: '' }));
    const { images: answers } = await gate.judge(
      {
        namespace,
        // Gatekeeper does not say whose it is: a rule for some workloads alone is for none that it asks about.
        name: '',
        user: { name: '', groups: [] },
        annotations: new Map(),
        images,
        pins: true,
      },
      signal,
    );
    for (const [at, key] of own.entries()) decided.set(key, answers[at] as ImageDecision);
  }
  return {
    items: keys.map((key) => describe(key, decided.get(key) as ImageDecision)),
    decisions: [...decided.values()],
  };
}

function describe(key: string, decision: ImageDecision): ProviderItem {
  if (!decision.isAllowed) return { key, error: explainImage(decision) };
  const isPinned = decision.because === 'passed' || decision.because === 'break-glass';
  const image = (isPinned ? decision.pinned : undefined) ?? decision.image;
  // A workload could write a namespace in front of its image, which a mutation would take for the one that it names.
  const at = key.indexOf(' ');
  return { key, value: at < 0 ? image : `${key.slice(0, at)} ${image}` };
}

function splitKey(key: string): readonly [string, string] {
  const at = key.indexOf(' ');
  return at < 0 ? ['', key] : [key.slice(0, at), key.slice(at + 1).trim()];
}
