// Signing in and out with a browser: redirects and cookies, which are no JSON and stand in no document of the API.
// Cookies are `__Host-`, so that no other host can set them, HttpOnly, Secure and SameSite=Lax. What a session changes
// it changes only for pages of this server (api.ts asks the browser).
import { hubErrors } from '../../../services/hub/errors.ts';
import type { AccountPrincipal } from '../../../services/hub/principal.ts';
import { type Sessions, sessionMs } from '../../../services/hub/sessions.ts';
import type { SignIn } from '../../../services/hub/sign-in.ts';

export interface SignInRouteParts {
  readonly sessions: Sessions;
  /** Absent where no provider is configured. */
  readonly signIn?: SignIn;
}

/** `origin` is where clients reach the server. */
export interface SignInRoute {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  handle(request: Request, origin: string): Promise<Response>;
}

const PATH = '/api/v1/sign-in';
const SESSION = '__Host-plimsoll-session';
const ATTEMPT = '__Host-plimsoll-sign-in';
/** Somebody types a password and a second factor. */
const ATTEMPT_SECONDS = 600;

export function createSignInRoutes({ sessions, signIn }: SignInRouteParts): readonly SignInRoute[] {
  const needSignIn = (): SignIn => {
    if (signIn !== undefined) return signIn;
    throw hubErrors.sign_in_off('no OpenID Connect provider is configured here');
  };
  return [
    {
      method: 'GET',
      path: PATH,
      async handle(request, origin) {
        const returnTo = new URL(request.url).searchParams.get('return_to') ?? '/';
        const { location, attempt } = await needSignIn().begin(`${origin}${PATH}/callback`, returnTo);
        return redirect(location, [cookie(ATTEMPT, attempt, ATTEMPT_SECONDS)]);
      },
    },
    {
      method: 'GET',
      path: `${PATH}/callback`,
      async handle(request, origin) {
        const query = new URL(request.url).searchParams;
        const attempt = readCookie(request, ATTEMPT);
        const { accountId, returnTo } = await needSignIn().finish(
          `${origin}${PATH}/callback`,
          query,
          attempt,
        );
        const secret = await sessions.create(accountId);
        return redirect(returnTo, [cookie(ATTEMPT, '', 0), cookie(SESSION, secret, sessionMs / 1000)]);
      },
    },
    {
      method: 'POST',
      path: '/api/v1/sign-out',
      async handle(request) {
        const secret = readCookie(request, SESSION);
        if (secret !== undefined) await sessions.end(secret);
        return redirect('/', [cookie(SESSION, '', 0)]);
      },
    },
  ];
}

/** Who is signed in with this browser. */
export async function findSession(
  sessions: Sessions,
  request: Request,
): Promise<AccountPrincipal | undefined> {
  const secret = readCookie(request, SESSION);
  return secret === undefined ? undefined : sessions.find(secret);
}

function readCookie(request: Request, name: string): string | undefined {
  for (const pair of (request.headers.get('cookie') ?? '').split(';')) {
    const equals = pair.indexOf('=');
    if (pair.slice(0, equals).trim() === name) return pair.slice(equals + 1).trim();
  }
  return undefined;
}

function cookie(name: string, value: string, seconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; Secure; SameSite=Lax`;
}

function redirect(location: string, cookies: readonly string[]): Response {
  const headers = new Headers({ location, 'cache-control': 'no-store' });
  for (const one of cookies) headers.append('set-cookie', one);
  return new Response(null, { status: 303, headers });
}
