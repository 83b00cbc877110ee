// What an owner answers to something that waits: the line that says what was answered, and the asking itself, once at a
// time. Each page has its own form, with `answer` and `answer-buttons` as its classes.
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import './answer.css';

/** Takes the focus that what was answered had. */
export function Answered({ words }: { words: string }) {
  const line = useRef<HTMLParagraphElement>(null);
  useEffect(() => {
    if (words !== '') line.current?.focus();
  }, [words]);
  return (
    <p ref={line} className="answered" role="status" tabIndex={-1}>
      {words}
    </p>
  );
}

interface Asking {
  isAsking: boolean;
  /** Why the answer was not taken. */
  error: unknown;
  /** Gives the answer, unless one is under way; afterwards everything that is shown is asked for anew. */
  answer: (give: () => Promise<void>) => Promise<void>;
  onRetry: () => void;
}

export function useAnswer(): Asking {
  const client = useQueryClient();
  const [isAsking, setIsAsking] = useState(false);
  const [error, setError] = useState<unknown>();
  return {
    isAsking,
    error,
    async answer(give) {
      if (isAsking) return;
      setIsAsking(true);
      try {
        await give();
        await client.invalidateQueries();
      } catch (failure) {
        setError(failure);
      }
      setIsAsking(false);
    },
    onRetry() {
      setError(undefined);
      void client.invalidateQueries();
    },
  };
}
