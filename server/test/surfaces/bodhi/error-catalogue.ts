/** What the contract has no code for, and the sentence that asks for an answer. */
export const ownCodes: Readonly<Record<string, { readonly status: number; readonly for: string }>> =
  {
    chat_template_missing: { status: 400, for: 'rulings §7: never a silent default' },
    chat_template_error: { status: 400, for: 'rulings §7: templates run within limits' },
    not_found: { status: 404, for: 'rulings §5: unknown paths in this shape' },
    method_not_allowed: { status: 405, for: 'house: as every surface' },
    conflict: { status: 409, for: 'rulings §5: a file in use, a name that others lead to' },
    'download_service_error-not_cancellable': { status: 409, for: 'bodhi §4.9: recommend DELETE' },
    precondition_failed: { status: 412, for: 'bodhi §11.5: optimistic concurrency' },
    request_too_large: { status: 413, for: 'rulings §11: body limits' },
    limit_reached: { status: 429, for: 'rulings §5: limits of keys; bounded queues' },
    cancelled: { status: 499, for: 'house: the client left' },
    'auth_service_error-not_configured': { status: 500, for: 'rulings §3: setup without OIDC' },
    upstream_error: { status: 502, for: 'rulings §11: unusable answers of providers' },
    service_unavailable: { status: 503, for: 'bodhi §7.2' },
  }

/** The same of the gateway and of downloads. */
export const ownFurtherCodes: Readonly<Record<string, string>> = {
  'server_error-precondition': 'house: what cannot be done now',
  'server_error-engine_error': 'rulings §6: the engine is not the contract’s',
  'server_error-engine_crashed': 'rulings §6: the engine is not the contract’s',
  'server_error-internal': 'house: a bug',
  'server_error-stream_interrupted': 'bodhi §11.5: in-stream error frames',
  'server_error-provider_unreachable': 'rulings §11: providers',
  'server_error-upstream': 'rulings §11: unusable answers of providers',
  'server_error-unavailable': 'bodhi §7.2',
  'gguf_metadata_error-unsupported_architecture': 'rulings §6: the engine is not the contract’s',
  insufficient_storage: 'bodhi §11.5: download manager',
  'hub_api_error-size_mismatch': 'bodhi §11.5: checksum verification',
  'hub_api_error-checksum_mismatch': 'bodhi §11.5: checksum verification',
}

/** Kinds of errors. Source: bodhi contract §7.2; those after it are named by no row of it. */
export const contractTypes: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'forbidden_error',
  404: 'not_found_error',
  409: 'conflict_error',
  422: 'unprocessable_entity_error',
  500: 'internal_server_error',
  503: 'service_unavailable',
}

/** Codes that no transcript shows, and where they are seen instead. */
export const shownElsewhere: Readonly<Record<string, string>> = {
  'gguf_metadata_error-malformed_version': 'model-files/gguf/read-header.test.ts',
  'gguf_metadata_error-unsupported_version': 'model-files/gguf/read-header.test.ts',
  'gguf_metadata_error-invalid_value_type': 'model-files/gguf/read-header.test.ts',
  'gguf_metadata_error-invalid_array_value_type': 'model-files/gguf/read-header.test.ts',
  'gguf_metadata_error-invalid_string': 'model-files/gguf/read-header.test.ts',
  'gguf_metadata_error-type_mismatch': 'model-files/model-metadata.test.ts',
  'url_validation_error-private_address': 'odd-settings.test.ts: needs --auth required',
  'hub_api_error-request': 'odd-settings.test.ts: needs a token that is none',
  serde_yaml_with_path_error: 'odd-settings.test.ts: needs a broken file of presets',
  io_file_delete_error: 'oddities.test.ts: needs a disk that refuses',
  request_too_large: 'oddities.test.ts: needs a large body',
  limit_reached: 'needs a thousand downloads: every code goes through errors.test.ts',
  cancelled: 'platform/http: there is nobody left to read it',
  internal_server_error: 'needs a bug: every code goes through errors.test.ts',
  service_unavailable: 'needs a busy server: every code goes through errors.test.ts',
  'auth_error-invalid_token': 'oidc/admit-person.test.ts: needs an issuer',
  'auth_error-missing_roles': 'oidc/admit-person.test.ts: needs an issuer',
  'auth_error-refresh_token_not_found': 'bodhi/login.test.ts: needs an issuer',
  'auth_route_error-missing_code': 'bodhi/login.test.ts: needs an issuer',
  'auth_route_error-missing_state': 'bodhi/login.test.ts: needs an issuer',
  'auth_route_error-o_auth_error': 'bodhi/login.test.ts: needs an issuer',
  'auth_route_error-state_digest_mismatch': 'bodhi/login.test.ts: needs an issuer',
  'auth_service_error-auth_service_api_error': 'oidc/complete-login.test.ts: needs an issuer',
  reqwest_error: 'bodhi/login.test.ts: needs an issuer',
  'token_error-expired': 'tokens/tokens.test.ts: needs time to pass',
  'auth_service_error-not_configured': 'cli/setup.test.ts: needs a server without an issuer',
}
