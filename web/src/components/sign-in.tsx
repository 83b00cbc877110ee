// Who is signed in, and the way in and out; nothing where this server has no provider to sign in at.
import { useQuery } from '@tanstack/react-query';
import { useLocation } from '@tanstack/react-router';
import { selfQuery } from '../api.ts';
import './sign-in.css';

export function SignIn() {
  const { data: self } = useQuery(selfQuery());
  const returnTo = useLocation({ select: ({ href }) => href });
  if (self === undefined || !self.canSignIn) return null;
  if (self.name === undefined)
    return (
      <a className="sign-in" href={`/api/v1/sign-in?return_to=${encodeURIComponent(returnTo)}`}>
        Sign in
      </a>
    );
  return (
    <form className="sign-in" method="post" action="/api/v1/sign-out">
      <span>{self.name}</span>
      <button type="submit">Sign out</button>
    </form>
  );
}
