import { Secret } from '../core/secret.ts';
import { derive } from '../store/sealing.ts';

/** What the brokers of a deployment derive their own keys from: the same for every replica and every start. */
export function brokerKey(masterKey: Secret<Buffer>): Secret<Uint8Array> {
  return new Secret(derive(masterKey.reveal(), 'sallyport broker v1'));
}
