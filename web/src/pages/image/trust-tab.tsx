// The tab about who signed an image. The verifier comes with it and not before: it runs here, in the browser, over bytes
// that the server only hands on.
import { useQuery } from '@tanstack/react-query';
import type { ImageDetail } from '../../../../src/entry/http/contract.ts';
import { imageChangeQuery, servedRootQuery, signaturesQuery } from '../../api.ts';
import { Problem } from '../../components/problem.tsx';
import { Skeleton } from '../../components/skeleton.tsx';

interface TrustTabProps {
  image: ImageDetail;
  platform: string | undefined;
}

export function TrustTab({ image, platform }: TrustTabProps) {
  const { repository, reference, digest } = image;
  const verifier = useQuery({
    queryKey: ['verifier'],
    queryFn: () => import('./trust/trust.tsx'),
    staleTime: Number.POSITIVE_INFINITY,
  });
  // By its digest: the tag may move between two questions.
  const evidence = useQuery(signaturesQuery(repository, digest, platform));
  const served = useQuery(servedRootQuery());
  const { data: change } = useQuery(imageChangeQuery(repository, reference));
  const before = change?.after === digest ? change.before : undefined;
  const earlier = useQuery({
    ...signaturesQuery(repository, before ?? '', platform),
    enabled: before !== undefined,
  });
  const error = verifier.error ?? evidence.error;
  if (error)
    return (
      <Problem error={error} onRetry={() => void Promise.all([verifier.refetch(), evidence.refetch()])} />
    );
  if (!verifier.data || !evidence.data || served.isPending)
    return <Skeleton label="the signatures" kind="card" rows={3} />;
  const { Trust } = verifier.data;
  return (
    <Trust
      image={image}
      evidence={evidence.data}
      served={served.data ?? undefined}
      earlier={
        before === undefined
          ? undefined
          : { digest: before, evidence: earlier.data, isFailed: earlier.error !== null }
      }
    />
  );
}
