package wire

import (
	"strconv"
	"strings"
	"time"

	"github.com/grantkeep/grantkeep/internal/entitlement"
)

type (
	uploadView   = entitlement.UploadSessionView
	uploadedFile = entitlement.UploadedFile
)

// declareUploads declares the sessions in which data is uploaded to resources.
// All of them are for access reviews, the one published type of them.
func (m *model) declareUploads() {
	*m.upload = Entity[uploadView]{
		abstract: true,
		record: record[uploadView]{
			name: both("customDataProvidedResourceUploadSession"),
			props: []property[uploadView]{
				guid(both("id"), func(u *uploadView) *entitlement.UploadID { return &u.ID }).filter("id").ro(),
				instant(both("createdDateTime"), func(u *uploadView) *time.Time { return &u.CreatedAt }).filter("createdAt").ro(),
				text(both("referenceId"), func(u *uploadView) *string { return &u.Reference }).filter("reference"),
				opaque(onlyV1("data"), "customDataProvidedResourcePayloads.data", func(u *uploadView) *string { return &u.Data }),
				flag(both("isUploadDone"), func(u *uploadView) *bool { return &u.Done }).filter("done"),
				choice(both("status"), alike(both("customDataProvidedResourceUploadStatus"),
					entitlement.UploadActive, entitlement.UploadComplete, entitlement.UploadExpired),
					func(u *uploadView) *entitlement.UploadStatus { return &u.Status }).filter("status").ro(),
				object(both("stats"), uploadStats, func(u *uploadView) *uploadView { return u }).ro(),
			},
			finish: m.checkUploadType,
		},
		navs: []navigation[uploadView]{
			many(both("files"), "", m.file, func(u *uploadView) []uploadedFile { return u.Files }).belongs(),
		},
	}
	m.upload.build()
	*m.reviewUpload = Entity[uploadView]{record: m.upload.record, navs: m.upload.navs}
	m.reviewUpload.name = both("customDataProvidedResourceAccessReviewUploadSession")
	m.upload.derived = []kindOf[uploadView]{{is: func(*uploadView) bool { return true }, entity: m.reviewUpload}}

	*m.file = Entity[uploadedFile]{record: record[uploadedFile]{
		name: both("customDataProvidedResourceFile"),
		props: []property[uploadedFile]{
			guid(both("id"), func(f *uploadedFile) *entitlement.FileID { return &f.ID }).filter("id").ro(),
			plain(both("name"), func(f *uploadedFile) *string { return &f.Name }).folded("name").ro(),
			byteCount(both("size"), func(f *uploadedFile) int64 { return f.Size }),
			instant(both("uploadedDateTime"), func(f *uploadedFile) *time.Time { return &f.UploadedAt }).filter("uploadedAt").ro(),
		},
	}}
	m.file.build()
}

// checkUploadType refuses sessions of types that are not known here.
func (m *model) checkUploadType(r *reader, body *value, _ *uploadView) error {
	for _, e := range []*Entity[uploadView]{m.upload, m.reviewUpload} {
		if name := typeOf(body); name == "" || strings.EqualFold(name, e.Type(r.v)) {
			return nil
		}
	}
	return invalidModel("'@odata.type' must be #microsoft.graph.%s.", m.reviewUpload.Type(r.v)).At("@odata.type")
}

// uploadStats count what a session holds.
var uploadStats = complexType(record[uploadView]{
	name: both("customDataProvidedResourceUploadStats"),
	props: []property[uploadView]{
		shown(both("filesUploaded"), "Edm.Int32", func(b []byte, u *uploadView, _ *Shape) []byte { return appendInt(b, len(u.Files)) }),
		byteCount(both("totalBytesUploaded"), func(u *uploadView) int64 { return u.Bytes() }),
	},
})

// byteCount is a size.
func byteCount[T any](n Names, get func(*T) int64) property[T] {
	return shown(n, "Edm.Int64", func(b []byte, t *T, _ *Shape) []byte { return strconv.AppendInt(b, get(t), 10) })
}

// declareCustomResource declares the resources that data is uploaded to: like
// all others, and whom to ask for the data.
func (m *model) declareCustomResource() {
	*m.customResource = Entity[resourceView]{collection: m.resource.collection, record: m.resource.record, navs: m.resource.navs}
	m.customResource.name = both("customDataProvidedResource")
	m.customResource.props = append(m.customResource.props[:len(m.customResource.props):len(m.customResource.props)],
		oneOf(both("notificationEndpointConfiguration"), "customExtensionEndpointConfiguration", endpointTypes, "",
			func(e *endpoint) *entitlement.EndpointKind { return &e.Kind }, func(r *resourceView) **endpoint { return &r.Notify }))
	m.customResource.build()
	m.resource.derived = []kindOf[resourceView]{{
		is: func(r *resourceView) bool { return r.OriginSystem == entitlement.OriginCustomData }, entity: m.customResource,
	}}
}
