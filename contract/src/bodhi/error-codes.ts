/**
 * Every code that the Bodhi surface answers with, and its status. Source: bodhi contract §7.4 (column
 * "Build") and §7.6, with 409 for what exists already (D6). What no contract names is at the end.
 */

/** The words for a status. Source: bodhi contract §7.2. */
export const errorTypes = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'forbidden_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  409: 'conflict_error',
  412: 'conflict_error',
  413: 'invalid_request_error',
  422: 'unprocessable_entity_error',
  429: 'rate_limit_error',
  499: 'cancelled',
  500: 'internal_server_error',
  502: 'upstream_error',
  503: 'service_unavailable',
} as const
export type ErrorStatus = keyof typeof errorTypes

export const errorCodes = {
  json_rejection_error: 400,
  bad_request_error: 400,
  'obj_validation_error-validation_errors': 400,
  'obj_validation_error-file_pattern_mismatch': 400,
  'create_alias_error-alias_not_present': 400,
  'create_alias_error-alias_mismatch': 400,
  'hub_service_error-invalid_filename': 400,
  'download_service_error-cannot_archive_active': 400,
  'download_service_error-not_retryable': 400,
  'model_router_error-empty_chain': 400,
  'model_router_error-invalid_pinned_model': 400,
  'model_router_error-nested_router_not_allowed': 400,
  'model_router_error-self_reference': 400,
  'obj_validation_error-api_format_immutable_on_edit': 400,
  'obj_validation_error-forward_all_requires_prefix': 400,
  'obj_validation_error-sync_requires_forward_all': 400,
  'db_error-prefix_exists': 400,
  'api_model_service_error-model_not_found_at_provider': 400,
  'settings_error-bodhi_home': 400,
  'settings_error-unsupported': 400,
  'settings_metadata_error-null_value': 400,
  'settings_metadata_error-invalid_value': 400,
  'settings_metadata_error-invalid_value_type': 400,
  'url_validation_error-invalid_url': 400,
  'url_validation_error-disallowed_scheme': 400,
  'url_validation_error-private_address': 400,
  'setup_route_error-server_name_too_short': 400,
  'login_error-session_info_not_found': 400,
  'auth_route_error-o_auth_error': 400,
  'auth_route_error-missing_state': 400,
  'auth_route_error-missing_code': 400,
  'auth_route_error-state_digest_mismatch': 400,

  'auth_error-invalid_access': 401,
  'auth_error-missing_roles': 401,
  'auth_error-refresh_token_not_found': 401,
  'auth_error-invalid_token': 401,
  'auth_error-token_not_found': 401,
  'auth_error-token_inactive': 401,
  'token_error-invalid_token': 401,
  'token_error-expired': 401,
  'api_auth_error-missing_auth': 401,

  'api_auth_error-forbidden': 403,
  'token_route_error-privilege_escalation': 403,
  'token_grant_error-model_forbidden': 403,
  'hub_api_error-gated_access': 403,

  alias_not_found_error: 404,
  'entity_error-not_found': 404,
  item_not_found: 404,
  hub_file_not_found_error: 404,
  'hub_api_error-may_be_not_exists': 404,
  'hub_api_error-not_exists': 404,
  remote_model_not_found_error: 404,
  'api_models_route_error-not_found': 404,
  'model_router_error-referenced_alias_not_found': 404,
  'settings_error-not_found': 404,

  alias_exists_error: 409,
  'app_service_error-already_setup': 409,
  'pull_error-file_already_exists': 409,

  'gguf_metadata_error-invalid_magic': 422,
  'gguf_metadata_error-malformed_version': 422,
  'gguf_metadata_error-unsupported_version': 422,
  'gguf_metadata_error-invalid_value_type': 422,
  'gguf_metadata_error-invalid_array_value_type': 422,
  'gguf_metadata_error-invalid_string': 422,
  'gguf_metadata_error-unexpected_eof': 422,
  'gguf_metadata_error-type_mismatch': 422,

  io_file_delete_error: 500,
  'login_error-app_reg_info_not_found': 500,
  'login_error-app_status_invalid': 500,
  'auth_route_error-session_info_not_found': 500,
  'auth_route_error-tenant_not_found': 500,
  'auth_route_error-app_status_invalid': 500,
  serde_yaml_with_path_error: 500,
  'hub_api_error-request': 500,
  'hub_api_error-unknown': 500,
  internal_server_error: 500,

  'auth_service_error-auth_service_api_error': 502,
  reqwest_error: 502,

  'hub_api_error-transport': 503,

  // What the contract does not name.
  chat_template_missing: 400,
  chat_template_error: 400,
  not_found: 404,
  method_not_allowed: 405,
  'download_service_error-not_cancellable': 409,
  conflict: 409,
  precondition_failed: 412,
  request_too_large: 413,
  limit_reached: 429,
  cancelled: 499,
  'auth_service_error-not_configured': 500,
  upstream_error: 502,
  service_unavailable: 503,
} as const satisfies Readonly<Record<string, ErrorStatus>>
export type BodhiCode = keyof typeof errorCodes

/** What the state of the server forbids is no fault of the server's. Source: bodhi contract §7.2, §7.6. */
const stateCodes: ReadonlySet<BodhiCode> = new Set<BodhiCode>([
  'login_error-app_status_invalid',
  'auth_route_error-tenant_not_found',
  'auth_route_error-app_status_invalid',
])

export function errorTypeOf(code: BodhiCode): string {
  return stateCodes.has(code) ? 'invalid_app_state' : errorTypes[errorCodes[code]]
}

/**
 * What only routes of the gateway say besides, before a reply has begun. Source: bodhi contract §6.8,
 * §7.4, §7.6.
 */
export const gatewayCodes = {
  'oai_route_error-invalid_request': 400,
  'server_error-precondition': 400,
  'gguf_metadata_error-unsupported_architecture': 422,
  'server_error-startup_error': 500,
  'server_error-timeout_error': 500,
  'server_error-engine_error': 500,
  'server_error-internal': 500,
  'server_error-stream_interrupted': 500,
  'server_error-engine_crashed': 502,
  'server_error-provider_unreachable': 502,
  'server_error-upstream': 502,
  'server_error-server_not_ready': 503,
  'server_error-unavailable': 503,
} as const

/** What only `error_code` of a download says besides. */
export const downloadCodes = {
  io_error: 500,
  insufficient_storage: 500,
  'hub_api_error-size_mismatch': 502,
  'hub_api_error-checksum_mismatch': 502,
} as const
