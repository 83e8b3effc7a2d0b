// The JavaScript Graph client against the real server, over TLS: it sends no
// token over plain http. What it needs to know is in the environment; see
// ../javascript_test.go.
import assert from "node:assert/strict";
import { test } from "node:test";
import { BatchRequestContent, BatchResponseContent, Client, GraphError, PageIterator } from "@microsoft/microsoft-graph-client";

const { GRAPH_URL, ADMIN_TOKEN, ADELE_TOKEN, BEN_TOKEN, ADELE, BEN, SETTLE_URL } = process.env;
const em = "/identityGovernance/entitlementManagement";

/** Names that differ between the versions of the API. */
const versions = {
  "v1.0": {
    catalogs: "catalogs", policies: "assignmentPolicies", assignments: "assignments", stages: "stages", state: "state", requestType: "userAdd",
    inCatalog: (id) => ({ catalog: { id } }),
    policy: (pkg) => ({
      accessPackage: { id: pkg }, allowedTargetScope: "allMemberUsers",
      expiration: { type: "afterDuration", duration: "P30D" },
      requestorSettings: { enableTargetsToSelfAddAccess: true, enableTargetsToSelfRemoveAccess: true },
      requestApprovalSettings: { isApprovalRequiredForAdd: true, stages: [{
        durationBeforeAutomaticDenial: "P14D", isApproverJustificationRequired: false, isEscalationEnabled: false,
        primaryApprovers: [{ "@odata.type": "#microsoft.graph.singleUser", userId: BEN }],
      }] },
    }),
    request: (pkg, policy) => ({ requestType: "userAdd", assignment: { accessPackageId: pkg, assignmentPolicyId: policy } }),
    expand: "accessPackage,requestor",
  },
  beta: {
    catalogs: "accessPackageCatalogs", policies: "accessPackageAssignmentPolicies", assignments: "accessPackageAssignments",
    stages: "steps", state: "requestState", requestType: "UserAdd",
    inCatalog: (catalogId) => ({ catalogId }),
    policy: (accessPackageId) => ({
      accessPackageId, durationInDays: 30, canExtend: false,
      requestorSettings: { scopeType: "AllExistingDirectoryMemberUsers", acceptRequests: true, allowedRequestors: [] },
      requestApprovalSettings: { isApprovalRequired: true, approvalMode: "SingleStage", approvalStages: [{
        approvalStageTimeOutInDays: 14, isApproverJustificationRequired: false, isEscalationEnabled: false,
        primaryApprovers: [{ "@odata.type": "#microsoft.graph.singleUser", isBackup: false, id: BEN }],
      }] },
    }),
    request: (pkg, policy) => ({ requestType: "UserAdd", accessPackageAssignment: { accessPackageId: pkg, assignmentPolicyId: policy } }),
    expand: "accessPackage,requestor",
  },
};

function client(version, token) {
  return Client.init({
    baseUrl: GRAPH_URL, defaultVersion: version, customHosts: new Set(["127.0.0.1"]),
    authProvider: (done) => done(null, token),
  });
}

async function settle() {
  const res = await fetch(SETTLE_URL, { method: "POST" });
  assert.equal(res.status, 200);
}

for (const [version, names] of Object.entries(versions)) {
  const admin = client(version, ADMIN_TOKEN);
  const adele = client(version, ADELE_TOKEN);
  const ben = client(version, BEN_TOKEN);

  async function offer(name) {
    const displayName = `${name} of ${version}`;
    const catalog = await admin.api(`${em}/${names.catalogs}`).post({ displayName, description: "made by a client", isExternallyVisible: false });
    const pkg = await admin.api(`${em}/accessPackages`).post({ displayName, description: "made by a client", ...names.inCatalog(catalog.id) });
    const policy = await admin.api(`${em}/${names.policies}`).post({ displayName, description: "", ...names.policy(pkg.id) });
    return { pkg: pkg.id, policy: policy.id };
  }

  async function ask(offered) {
    const made = await adele.api(`${em}/assignmentRequests`).post(names.request(offered.pkg, offered.policy));
    await settle();
    return made.id;
  }

  async function state(id) {
    const request = await adele.api(`${em}/assignmentRequests/${id}`).get();
    return request[names.state].toLowerCase();
  }

  test(`${version}: ask and cancel`, async () => {
    const id = await ask(await offer("Cancel"));
    assert.equal(await state(id), "pendingapproval");
    await adele.api(`${em}/assignmentRequests/${id}/cancel`).post({});
    assert.equal(await state(id), "canceled");
  });

  test(`${version}: an error is one of Graph's`, async () => {
    const missing = "11111111-1111-4111-8111-111111111111";
    await assert.rejects(admin.api(`${em}/assignmentRequests/${missing}`).get(), (e) => {
      assert.ok(e instanceof GraphError);
      assert.equal(e.statusCode, 404);
      assert.ok(e.code && e.message && e.requestId && e.date);
      return true;
    });
    await assert.rejects(client(version, "nonsense").api(`${em}/assignmentRequests`).get(), (e) => e.statusCode === 401);
  });

  test(`${version}: approve`, async () => {
    const id = await ask(await offer("Approve"));
    const waiting = await ben.api(`${em}/accessPackageAssignmentApprovals/filterByCurrentUser(on='approver')`).get();
    assert.ok(waiting.value.some((a) => a.id === id), "Ben does not see what waits for him");
    const stages = await ben.api(`${em}/accessPackageAssignmentApprovals/${id}/${names.stages}`).get();
    await ben.api(`${em}/accessPackageAssignmentApprovals/${id}/${names.stages}/${stages.value[0].id}`)
      .patch({ reviewResult: "Approve", justification: "fine" });
    await settle();
    assert.equal(await state(id), "delivered");
    const mine = await adele.api(`${em}/${names.assignments}/filterByCurrentUser(on='target')`).get();
    assert.ok(mine.value.length > 0);
  });

  test(`${version}: page through a list`, async () => {
    const asked = new Set();
    for (const name of ["Page 1", "Page 2", "Page 3"]) asked.add(await ask(await offer(name)));
    const page = await admin.api(`${em}/assignmentRequests`).top(1).expand(names.expand).orderby("createdDateTime desc").get();
    await new PageIterator(admin, page, (request) => {
      if (asked.delete(request.id)) assert.ok(request.accessPackage.id && request.requestor.id);
      return true;
    }).iterate();
    assert.equal(asked.size, 0);
  });

  test(`${version}: a batch`, async () => {
    const { pkg, policy } = await offer("Batch");
    // The client takes the path of the address; the batch has the version.
    const batch = new BatchRequestContent([
      { id: "1", request: new Request(`${GRAPH_URL}${em}/accessPackages/${pkg}`) },
      { id: "2", request: new Request(`${GRAPH_URL}${em}/${names.policies}/${policy}`), dependsOn: ["1"] },
      { id: "3", request: new Request(`${GRAPH_URL}${em}/accessPackages/11111111-1111-4111-8111-111111111111`), dependsOn: ["2"] },
    ]);
    const answers = new BatchResponseContent(await admin.api("/$batch").post(await batch.getContent()));
    assert.equal((await answers.getResponseById("1").json()).id, pkg);
    assert.equal((await answers.getResponseById("2").json()).id, policy);
    assert.equal(answers.getResponseById("3").status, 404);
  });
}
