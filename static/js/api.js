// The REST interface as functions. A failed call throws an ApiError made from the problem+json answer; the CSRF word of
// the session is kept here and nowhere else.

const PREFIX = '/api/v1';
let csrf = null;

export class ApiError extends Error {
  constructor(status, problem) {
    super([problem.detail ?? problem.title, problem.hint].filter(Boolean).join('. '));
    this.status = status;
    this.code = problem.code;
    this.field = problem.field;
  }
}

async function call(method, path, { body, signal } = {}) {
  const headers = { Accept: 'application/json' };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (csrf && method !== 'GET') headers['X-CSRF'] = csrf;
  const reply = await fetch(PREFIX + path, {
    method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
  });
  const text = await reply.text();
  let document = null;
  try {
    document = text ? JSON.parse(text) : null;
  } catch {
    document = null;
  }
  if (!reply.ok) {
    throw new ApiError(reply.status, document ?? { title: `The server answered ${reply.status}.` });
  }
  return document;
}

function remember(session) {
  csrf = session.csrf;
  return session.account;
}

/** The signed-in account, or null. */
export async function whoAmI() {
  try {
    return remember(await call('GET', '/session'));
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return null;
    throw error;
  }
}

export async function signIn(login, password) {
  return remember(await call('POST', '/session', { body: { login, password } }));
}

export async function signOut() {
  await call('DELETE', '/session');
  csrf = null;
}

export const projects = (options) => call('GET', '/projects?limit=100', options);
export const runs = (options) => call('GET', '/runs?limit=50', options);
