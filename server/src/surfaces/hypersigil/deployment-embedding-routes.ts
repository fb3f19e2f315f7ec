import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import {
  createEmbeddingDeployment,
  deleteEmbeddingDeployment,
  getEmbeddingDeployment,
  listEmbeddingDeployments,
  runEmbeddingDeployment,
  updateEmbeddingDeployment,
  type DeploymentPowers,
} from '../../features/deployments/index.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { conflictIsInvalid, serve } from './door.ts'
import { askedPage, created, found, neverStored, nothing, readCount, toPage } from './envelopes.ts'
import { endedEmbeddingWriter, toEmbeddingDeployment } from './wire-deployments.ts'

/** Models for embeddings in use under a name. Source: hypersigil contract §1.12, §8.3. */
export function deploymentEmbeddingRoutes(powers: DeploymentPowers) {
  return [...readRoutes(powers), ...changeRoutes(powers), runRoute(powers)]
}

function readRoutes(powers: DeploymentPowers) {
  return [
    serve(hypersigilRoutes.listEmbeddingDeployments, async ({ query, caller }) => {
      const page = askedPage(query)
      const { search, orderBy = 'created_at', orderDirection } = query
      const { deployments, total } = await listEmbeddingDeployments(
        { ...powers, caller },
        {
          ...withoutUndefined({ search }),
          orderBy: orderBy === 'status' ? 'created_at' : orderBy,
          order: orderDirection === 'ASC' ? 'asc' : 'desc',
          limit: page.limit,
          offset: page.offset,
        },
      )
      return found(toPage(deployments.map(toEmbeddingDeployment), { ...page, total }))
    }),
    serve(hypersigilRoutes.getEmbeddingDeploymentByName, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      return found(toEmbeddingDeployment(await getEmbeddingDeployment(ctx, 'name', params.name)))
    }),
    serve(hypersigilRoutes.getEmbeddingDeployment, async ({ params, caller }) => {
      const ctx = { ...powers, caller }
      const id = params.id.toLowerCase()
      return found(toEmbeddingDeployment(await getEmbeddingDeployment(ctx, 'id', id)))
    }),
  ]
}

function changeRoutes(powers: DeploymentPowers) {
  return [
    serve(hypersigilRoutes.createEmbeddingDeployment, async ({ body, caller }) => {
      const { name, model, inputType = null, webhookDestinationIds: webhookIds = [] } = body
      const given = { name, model, inputType, webhookIds }
      const making = createEmbeddingDeployment({ ...powers, caller }, given)
      return created(toEmbeddingDeployment(await conflictIsInvalid(making)))
    }),
    serve(hypersigilRoutes.updateEmbeddingDeployment, async ({ params, body, caller }) => {
      const { model, inputType, webhookDestinationIds: webhookIds } = body
      const changes = withoutUndefined({ model, inputType, webhookIds })
      const id = params.id.toLowerCase()
      return found(
        toEmbeddingDeployment(await updateEmbeddingDeployment({ ...powers, caller }, id, changes)),
      )
    }),
    serve(hypersigilRoutes.deleteEmbeddingDeployment, async ({ params, caller }) => {
      await deleteEmbeddingDeployment({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function runRoute(powers: DeploymentPowers) {
  return serve(hypersigilRoutes.runEmbeddingDeployment, async (call) => {
    const { params, query, body, caller, signal } = call
    const { wait } = query
    const writer = endedEmbeddingWriter
    const { jobId, ended } = await runEmbeddingDeployment({ ...powers, caller }, params.name, {
      inputs: body.inputs,
      ...(wait !== undefined && { wait: { seconds: readCount(wait), signal, writer } }),
    })
    if (ended === undefined) return created({ jobId })
    return { status: 201, json: ended.text, headers: neverStored }
  })
}
