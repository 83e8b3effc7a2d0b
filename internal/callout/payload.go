package callout

import (
	"encoding/json"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

// The shape of a call (catalogs-and-resources.md section 11), in the spelling
// of v1.0.
type (
	envelope struct {
		Type   string  `json:"type"`
		Source string  `json:"source"`
		Data   details `json:"data"`
	}

	details struct {
		Type           string      `json:"@odata.type"`
		Request        string      `json:"accessPackageAssignmentRequestId"`
		Stage          string      `json:"stage"`
		RequestType    string      `json:"requestType"`
		Instance       string      `json:"customExtensionStageInstanceId"`
		CallbackPath   string      `json:"callbackUriPath,omitempty"`
		Package        named       `json:"accessPackage"`
		Catalog        named       `json:"accessPackageCatalog"`
		Assignment     *assignment `json:"assignment,omitempty"`
		Requestor      subject     `json:"requestor"`
		Answers        []answer    `json:"answers"`
		State          string      `json:"state"`
		Status         string      `json:"status"`
		CallbackConfig *callback   `json:"callbackConfiguration,omitempty"`
	}

	named struct {
		ID          string `json:"id"`
		DisplayName string `json:"displayName,omitempty"`
		Description string `json:"description,omitempty"`
	}

	subject struct {
		ID            string `json:"id,omitempty"`
		ObjectID      string `json:"objectId,omitempty"`
		DisplayName   string `json:"displayName,omitempty"`
		Email         string `json:"email,omitempty"`
		PrincipalName string `json:"principalName,omitempty"`
	}

	assignment struct {
		ID       string   `json:"id"`
		State    string   `json:"state,omitempty"`
		Target   subject  `json:"target"`
		Schedule schedule `json:"schedule"`
	}

	schedule struct {
		Start      *time.Time `json:"startDateTime"`
		Expiration expiration `json:"expiration"`
	}

	expiration struct {
		Type     string     `json:"type"`
		End      *time.Time `json:"endDateTime"`
		Duration *string    `json:"duration"`
	}

	answer struct {
		Type     string   `json:"@odata.type"`
		Value    string   `json:"value"`
		Display  string   `json:"displayValue"`
		Question question `json:"answeredQuestion"`
	}

	question struct {
		Type string `json:"@odata.type"`
		ID   string `json:"id"`
		Text string `json:"text"`
	}

	callback struct {
		Type    string `json:"@odata.type"`
		TimeOut string `json:"timeoutDuration"`
	}
)

// root begins the paths in a call; the extension puts the address of the API
// before it.
const root = "/identityGovernance/entitlementManagement"

// payload writes what an extension is told.
func payload(o entitlement.Outcall) ([]byte, error) {
	r, stage := o.Of, string(o.Callout.Stage)
	status := o.Status
	if status == "" {
		status = r.Status
	}
	d := details{
		Type: "microsoft.graph.accessPackageAssignmentRequestCalloutData", Request: string(r.ID), Stage: stage,
		RequestType: kindOf(r.Kind), Instance: o.ID,
		Package:   named{string(r.Package), o.Package.DisplayName, o.Package.Description},
		Catalog:   named{string(r.Catalog), o.Catalog.DisplayName, o.Catalog.Description},
		Requestor: subjectOf(o.Requestor, string(r.Requestor)), Answers: answersOf(r.Answers), State: status.State(), Status: status.String(),
		Assignment: assignmentOf(o),
	}
	if o.CanRespond {
		d.CallbackPath = root + "/assignmentRequests/" + string(r.ID) + "/resume"
		if cb := o.To.Callback; cb != nil {
			d.CallbackConfig = &callback{"microsoft.graph." + string(cb.Kind), string(cb.TimeOut)}
		}
	}
	return json.Marshal(envelope{
		Type:   "microsoft.graph.accessPackageCustomExtensionStage." + stage,
		Source: root + "/catalogs/" + string(o.To.Catalog) + "/customWorkflowExtensions/" + string(o.To.ID), Data: d,
	})
}

// kindOf spells the kind as typed clients of v1.0 know it.
func kindOf(k entitlement.RequestKind) string {
	if k == entitlement.UserExtend {
		k = entitlement.UserUpdate
	}
	return string(k)
}

func subjectOf(s entitlement.Subject, id string) subject {
	return subject{string(s.ID), id, s.DisplayName, s.Email, s.PrincipalName}
}

// assignmentOf is the assignment of the request or, before there is one, what
// was asked for.
func assignmentOf(o entitlement.Outcall) *assignment {
	if o.Of.Assignment == "" {
		return nil
	}
	a := &assignment{ID: string(o.Of.Assignment), State: string(o.About.State), Target: subjectOf(o.Target, string(o.Of.Target))}
	s := o.Of.Schedule
	if o.About.ID != "" {
		s = entitlement.Schedule{Start: o.About.CreatedAt, Expiration: entitlement.Expiration{Type: entitlement.NoExpiration}}
		if !o.About.EndsAt.IsZero() {
			s.Expiration = entitlement.Expiration{Type: entitlement.AfterDateTime, End: o.About.EndsAt}
		}
	}
	a.Schedule.Start = instant(s.Start)
	a.Schedule.Expiration = expiration{Type: string(s.Expiration.Type), End: instant(s.Expiration.End)}
	if a.Schedule.Expiration.Type == "" {
		a.Schedule.Expiration.Type = string(entitlement.NotSpecified)
	}
	if d := string(s.Expiration.Duration); d != "" {
		a.Schedule.Expiration.Duration = &d
	}
	return a
}

func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func answersOf(given []entitlement.Answer) []answer {
	all := make([]answer, len(given))
	for i, a := range given {
		all[i] = answer{
			Type: "#microsoft.graph.accessPackageAnswerString", Value: a.Value, Display: a.Display,
			Question: question{"#microsoft.graph." + string(a.Question.Kind), string(a.Question.ID), a.Question.Text.Default},
		}
		if a.Display == "" {
			all[i].Display = a.Value
		}
	}
	return all
}
