// Codes of Kubernetes' documents, and of what Gatekeeper asks.
import { defineErrors } from '../../kit/error.ts';

export const kubernetesErrors = defineErrors('kubernetes', {
  review_invalid: {
    kind: 'invalid',
    meaning: 'A request is not an AdmissionReview of admission.k8s.io/v1.',
    hint: 'Let the webhook ask in `admissionReviewVersions: ["v1"]`, as `plimsoll gate manifests` writes it.',
  },
  workload_invalid: {
    kind: 'invalid',
    meaning: 'An object is not a workload whose images can be told.',
    hint: 'Mend what the message names; send the gate only the kinds that `plimsoll gate manifests` lists.',
  },
  provider_request_invalid: {
    kind: 'invalid',
    meaning: 'A request is not a ProviderRequest of externaldata.gatekeeper.sh.',
    hint: 'Let Gatekeeper ask it as a Provider of externaldata.gatekeeper.sh/v1beta1.',
  },
});
