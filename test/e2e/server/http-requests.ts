/** HTTP requests that no client library would send. */
import { openRawConnection } from './raw-connection.ts';

export interface ApiAnswer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly problem: { readonly status: number; readonly code: string; readonly detail: string };
}

export interface ApiRequest {
  /** Sent as it is. */
  readonly body?: string;
  /** JSON's when left out; empty for none. */
  readonly type?: string;
}

/** Asks the API with a bearer's token; with a body it is a POST. */
export async function askApi(
  as: { readonly publicUrl: string; readonly token: string },
  path: string,
  request: ApiRequest = {},
): Promise<ApiAnswer> {
  const type = request.type ?? 'application/json';
  const answer = await fetch(`${as.publicUrl}/api/v1/${path}`, {
    ...(request.body === undefined ? {} : { method: 'POST', body: Buffer.from(request.body) }),
    headers: { authorization: `Bearer ${as.token}`, ...(type === '' ? {} : { 'content-type': type }) },
  });
  const text = await answer.text();
  const problem = JSON.parse(text) as ApiAnswer['problem'];
  return {
    status: answer.status,
    type: answer.headers.get('content-type')?.split(';')[0] ?? '',
    text,
    problem,
  };
}

/** Sends the text as it is. @returns everything that came back until the server closed the connection */
export async function sendHttp(publicUrl: string, text: string): Promise<string> {
  const connection = openRawConnection(Number(new URL(publicUrl).port));
  connection.send(text);
  await connection.closed;
  return connection.answer;
}
