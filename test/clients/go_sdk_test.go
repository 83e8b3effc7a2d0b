package clients

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	"github.com/microsoft/kiota-abstractions-go/serialization"
	azureauth "github.com/microsoft/kiota-authentication-azure-go"
	kiotajson "github.com/microsoft/kiota-serialization-json-go"
	kiotatext "github.com/microsoft/kiota-serialization-text-go"
	core "github.com/microsoftgraph/msgraph-sdk-go-core"
	"github.com/microsoftgraph/msgraph-sdk-go/identitygovernance"
	"github.com/microsoftgraph/msgraph-sdk-go/models"
	"github.com/microsoftgraph/msgraph-sdk-go/models/odataerrors"
)

// graph is a client of msgraph-sdk-go, and its adapter.
type graph struct {
	*identitygovernance.EntitlementManagementRequestBuilder
	adapter *core.GraphRequestAdapterBase
}

// newGraph does what msgraphsdk.NewGraphServiceClientWithCredentials does,
// without the package that compiles all of Graph.
func newGraph(t *testing.T, credential azcore.TokenCredential) graph {
	t.Helper()
	abstractions.RegisterDefaultSerializer(func() serialization.SerializationWriterFactory {
		return kiotajson.NewJsonSerializationWriterFactory()
	})
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kiotajson.NewJsonParseNodeFactory() })
	abstractions.RegisterDefaultDeserializer(func() serialization.ParseNodeFactory { return kiotatext.NewTextParseNodeFactory() })
	provider, err := azureauth.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(credential,
		[]string{server.HTTPS + "/.default"}, []string{"127.0.0.1"})
	ok(t, err)
	adapter, err := core.NewGraphRequestAdapterBase(provider, core.GraphClientOptions{GraphServiceLibraryVersion: "1.89.0"})
	ok(t, err)
	adapter.SetBaseUrl(server.HTTPS + "/v1.0")
	return graph{identitygovernance.NewEntitlementManagementRequestBuilderInternal(
		map[string]string{"baseurl": adapter.GetBaseUrl()}, adapter), adapter}
}

// application signs in with the secret at the token endpoint.
func application(t *testing.T) graph {
	t.Helper()
	credential, err := azidentity.NewClientSecretCredential(server.Tenant, server.Client.ID, server.Client.Secret, &azidentity.ClientSecretCredentialOptions{
		ClientOptions:            azcore.ClientOptions{Cloud: cloud.Configuration{ActiveDirectoryAuthorityHost: server.HTTPS + "/"}},
		DisableInstanceDiscovery: true,
	})
	ok(t, err)
	return newGraph(t, credential)
}

// signedIn is the token of somebody who signed in elsewhere.
type signedIn string

// GetToken implements azcore.TokenCredential.
func (s signedIn) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: string(s), ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func user(t *testing.T, id string) graph {
	t.Helper()
	token, err := userToken(id)
	ok(t, err)
	return newGraph(t, signedIn(token))
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	var answered *odataerrors.ODataError
	if errors.As(err, &answered) && answered.GetErrorEscaped() != nil {
		t.Fatalf("%d %s: %s", answered.ResponseStatusCode, *answered.GetErrorEscaped().GetCode(), *answered.GetErrorEscaped().GetMessage())
	}
	t.Fatal(err)
}

func to[T any](v T) *T { return &v }

// offer makes a catalog, a package and a policy in which Ben approves, and
// returns the ids of the last two.
func offer(t *testing.T, admin graph, name string) (pkg, policyID string) {
	t.Helper()
	catalog := models.NewAccessPackageCatalog()
	catalog.SetDisplayName(to(name + "'s catalog"))
	catalog.SetDescription(to("made by a client"))
	catalog.SetState(to(models.PUBLISHED_ACCESSPACKAGECATALOGSTATE))
	madeCatalog, err := admin.Catalogs().Post(t.Context(), catalog, nil)
	ok(t, err)

	p := models.NewAccessPackage()
	p.SetDisplayName(to(name))
	p.SetDescription(to("made by a client"))
	in := models.NewAccessPackageCatalog()
	in.SetId(madeCatalog.GetId())
	p.SetCatalog(in)
	madePackage, err := admin.AccessPackages().Post(t.Context(), p, nil)
	ok(t, err)

	approver := models.NewSingleUser()
	approver.SetUserId(&company.Ben)
	stage := models.NewAccessPackageApprovalStage()
	stage.SetDurationBeforeAutomaticDenial(serialization.NewDuration(0, 0, 14, 0, 0, 0, 0))
	stage.SetIsApproverJustificationRequired(to(false))
	stage.SetIsEscalationEnabled(to(false))
	stage.SetPrimaryApprovers([]models.SubjectSetable{approver})
	approval := models.NewAccessPackageAssignmentApprovalSettings()
	approval.SetIsApprovalRequiredForAdd(to(true))
	approval.SetIsApprovalRequiredForUpdate(to(false))
	approval.SetStages([]models.AccessPackageApprovalStageable{stage})
	requestors := models.NewAccessPackageAssignmentRequestorSettings()
	requestors.SetEnableTargetsToSelfAddAccess(to(true))
	requestors.SetEnableTargetsToSelfRemoveAccess(to(true))
	expiration := models.NewExpirationPattern()
	expiration.SetTypeEscaped(to(models.AFTERDURATION_EXPIRATIONPATTERNTYPE))
	expiration.SetDuration(serialization.NewDuration(0, 0, 30, 0, 0, 0, 0))
	of := models.NewAccessPackage()
	of.SetId(madePackage.GetId())
	rules := models.NewAccessPackageAssignmentPolicy()
	rules.SetDisplayName(to(name + " for everybody"))
	rules.SetDescription(to(""))
	rules.SetAllowedTargetScope(to(models.ALLMEMBERUSERS_ALLOWEDTARGETSCOPE))
	rules.SetExpiration(expiration)
	rules.SetRequestorSettings(requestors)
	rules.SetRequestApprovalSettings(approval)
	rules.SetAccessPackage(of)
	madePolicy, err := admin.AssignmentPolicies().Post(t.Context(), rules, nil)
	ok(t, err)
	if got := madePolicy.GetRequestApprovalSettings().GetStages()[0].GetPrimaryApprovers()[0]; got.(models.SingleUserable).GetUserId() == nil {
		t.Error("the approver did not come back as a user")
	}
	return *madePackage.GetId(), *madePolicy.GetId()
}

// ask returns the id of a new request for a package.
func ask(t *testing.T, who graph, kind models.AccessPackageRequestType, target, pkg, policyID string) string {
	t.Helper()
	assignment := models.NewAccessPackageAssignment()
	assignment.SetAdditionalData(map[string]any{"targetId": target, "accessPackageId": pkg, "assignmentPolicyId": policyID})
	request := models.NewAccessPackageAssignmentRequest()
	request.SetRequestType(&kind)
	request.SetAssignment(assignment)
	made, err := who.AssignmentRequests().Post(t.Context(), request, nil)
	ok(t, err)
	return *made.GetId()
}

func state(t *testing.T, who graph, id string) string {
	t.Helper()
	r, err := who.AssignmentRequests().ByAccessPackageAssignmentRequestId(id).Get(t.Context(), nil)
	ok(t, err)
	return r.GetState().String()
}

// settle waits until the server has done what is due.
func settle(t *testing.T) {
	t.Helper()
	var done struct{ Ran int }
	ok(t, call("", "/_emulator/settle", map[string]any{}, &done))
}

func TestGoSDKAsksAndCancels(t *testing.T) {
	admin, adele := application(t), user(t, company.Adele)
	pkg, policyID := offer(t, admin, "Cancel")
	id := ask(t, adele, models.USERADD_ACCESSPACKAGEREQUESTTYPE, company.Adele, pkg, policyID)
	settle(t)
	if got := state(t, adele, id); got != "pendingApproval" {
		t.Errorf("the request is %s, want pendingApproval", got)
	}
	ok(t, adele.AssignmentRequests().ByAccessPackageAssignmentRequestId(id).Cancel().Post(t.Context(), nil))
	if got := state(t, adele, id); got != "canceled" {
		t.Errorf("the request is %s, want canceled", got)
	}

	// A second time is an error that says why.
	err := adele.AssignmentRequests().ByAccessPackageAssignmentRequestId(id).Cancel().Post(t.Context(), nil)
	var refused *odataerrors.ODataError
	if !errors.As(err, &refused) {
		t.Fatalf("%v, want an OData error", err)
	}
	if e := refused.GetErrorEscaped(); refused.ResponseStatusCode != 400 || e.GetCode() == nil || *e.GetCode() == "" || *e.GetMessage() == "" || e.GetInnerError().GetRequestId() == nil {
		t.Errorf("%d %v: %v", refused.ResponseStatusCode, e.GetCode(), e.GetMessage())
	}
}

func TestGoSDKAssignsDirectly(t *testing.T) {
	admin := application(t)
	pkg, policyID := offer(t, admin, "Direct")
	id := ask(t, admin, models.ADMINADD_ACCESSPACKAGEREQUESTTYPE, company.Adele, pkg, policyID)
	settle(t)
	if got := state(t, admin, id); got != "delivered" {
		t.Errorf("the request is %s, want delivered", got)
	}
	mine, err := user(t, company.Adele).Assignments().FilterByCurrentUserWithOn(to("target")).GetAsFilterByCurrentUserWithOnGetResponse(t.Context(), nil)
	ok(t, err)
	if len(mine.GetValue()) != 1 {
		t.Errorf("Adele has %d assignments, want 1", len(mine.GetValue()))
	}
}

func TestGoSDKApproves(t *testing.T) {
	admin, adele, ben := application(t), user(t, company.Adele), user(t, company.Ben)
	pkg, policyID := offer(t, admin, "Approve")
	id := ask(t, adele, models.USERADD_ACCESSPACKAGEREQUESTTYPE, company.Adele, pkg, policyID)
	settle(t)
	waiting, err := ben.AccessPackageAssignmentApprovals().FilterByCurrentUserWithOn(to("approver")).GetAsFilterByCurrentUserWithOnGetResponse(t.Context(), nil)
	ok(t, err)
	if !slices.ContainsFunc(waiting.GetValue(), func(a models.Approvalable) bool { return *a.GetId() == id }) {
		t.Fatal("Ben does not see what waits for him")
	}
	stages, err := ben.AccessPackageAssignmentApprovals().ByApprovalId(id).Stages().Get(t.Context(), nil)
	ok(t, err)
	decision := models.NewApprovalStage()
	decision.SetReviewResult(to("Approve"))
	decision.SetJustification(to("fine"))
	_, err = ben.AccessPackageAssignmentApprovals().ByApprovalId(id).Stages().ByApprovalStageId(*stages.GetValue()[0].GetId()).Patch(t.Context(), decision, nil)
	ok(t, err)
	settle(t)
	if got := state(t, adele, id); got != "delivered" {
		t.Errorf("the request is %s, want delivered", got)
	}
}

func TestGoSDKPagesThroughAList(t *testing.T) {
	admin, adele := application(t), user(t, company.Adele)
	asked := map[string]bool{}
	for _, name := range []string{"Page 1", "Page 2", "Page 3"} {
		pkg, policyID := offer(t, admin, name)
		asked[ask(t, adele, models.USERADD_ACCESSPACKAGEREQUESTTYPE, company.Adele, pkg, policyID)] = true
	}
	page, err := admin.AssignmentRequests().Get(t.Context(), &identitygovernance.EntitlementManagementAssignmentRequestsRequestBuilderGetRequestConfiguration{
		QueryParameters: &identitygovernance.EntitlementManagementAssignmentRequestsRequestBuilderGetQueryParameters{
			Top: to(int32(1)), Expand: []string{"accessPackage", "requestor"}, Orderby: []string{"createdDateTime desc"},
		},
	})
	ok(t, err)
	pages, err := core.NewPageIterator[models.AccessPackageAssignmentRequestable](page, admin.adapter,
		models.CreateAccessPackageAssignmentRequestCollectionResponseFromDiscriminatorValue)
	ok(t, err)
	ok(t, pages.Iterate(t.Context(), func(r models.AccessPackageAssignmentRequestable) bool {
		if asked[*r.GetId()] && (r.GetAccessPackage() == nil || r.GetRequestor() == nil) {
			t.Errorf("%s came without its package or its requestor", *r.GetId())
		}
		delete(asked, *r.GetId())
		return true
	}))
	if len(asked) > 0 {
		t.Errorf("%d requests are on no page", len(asked))
	}
}

func TestGoSDKSendsBatches(t *testing.T) {
	admin := application(t)
	pkg, policyID := offer(t, admin, "Batch")
	builder := admin.AccessPackages().ByAccessPackageId(pkg)
	first, err := builder.ToGetRequestInformation(t.Context(), nil)
	ok(t, err)
	second, err := admin.AssignmentPolicies().ByAccessPackageAssignmentPolicyId(policyID).ToGetRequestInformation(t.Context(), nil)
	ok(t, err)
	batch := core.NewBatchRequest(admin.adapter)
	one, err := batch.AddBatchRequestStep(*first)
	ok(t, err)
	two, err := batch.AddBatchRequestStep(*second)
	ok(t, err)
	answers, err := batch.Send(t.Context(), admin.adapter)
	ok(t, err)
	gotPackage, err := core.GetBatchResponseById[models.AccessPackageable](answers, *one.GetId(), models.CreateAccessPackageFromDiscriminatorValue)
	ok(t, err)
	gotPolicy, err := core.GetBatchResponseById[models.AccessPackageAssignmentPolicyable](answers, *two.GetId(), models.CreateAccessPackageAssignmentPolicyFromDiscriminatorValue)
	ok(t, err)
	if *gotPackage.GetId() != pkg || *gotPolicy.GetId() != policyID {
		t.Errorf("the batch brought %s and %s, want %s and %s", *gotPackage.GetId(), *gotPolicy.GetId(), pkg, policyID)
	}
}
