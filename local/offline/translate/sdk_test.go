package translate_test

import (
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/acm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/route53"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/servicequotas"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
)

// sdkTypes holds the Go SDK's structs for each type of the registry: the inputs and the outputs. Its keys are the
// middle of tokens.
var sdkTypes = map[string][]any{
	"acm/certificate":           {acm.CertificateArgs{}, acm.CertificateState{}},
	"acm/certificateValidation": {acm.CertificateValidationArgs{}, acm.CertificateValidationState{}},
	"lb/listener":               {lb.ListenerArgs{}, lb.ListenerState{}},
	"lb/loadBalancer":           {lb.LoadBalancerArgs{}, lb.LoadBalancerState{}},
	"lb/targetGroup":            {lb.TargetGroupArgs{}, lb.TargetGroupState{}},
	"route53/record":            {route53.RecordArgs{}, route53.RecordState{}},
	"lb/getLbs":                 {lb.GetLbsArgs{}, lb.GetLbsResult{}},
	"lb/getLoadBalancer":        {lb.LookupLoadBalancerArgs{}, lb.LookupLoadBalancerResult{}},
	"s3/getObjects":             {s3.GetObjectsArgs{}, s3.GetObjectsResult{}},
	"route53/getZone":           {route53.LookupZoneArgs{}, route53.LookupZoneResult{}},
	"appautoscaling/policy":     {appautoscaling.PolicyArgs{}, appautoscaling.PolicyState{}},
	"appautoscaling/target":     {appautoscaling.TargetArgs{}, appautoscaling.TargetState{}},
	"appautoscaling/scheduledAction": {appautoscaling.ScheduledActionArgs{},
		appautoscaling.ScheduledActionState{}},
	"scheduler/scheduleGroup":   {scheduler.ScheduleGroupArgs{}, scheduler.ScheduleGroupState{}},
	"scheduler/schedule":        {scheduler.ScheduleArgs{}, scheduler.ScheduleState{}},
	"budgets/budget":            {budgets.BudgetArgs{}, budgets.BudgetState{}},
	"cloudwatch/dashboard":      {cloudwatch.DashboardArgs{}, cloudwatch.DashboardState{}},
	"cloudwatch/eventRule":      {cloudwatch.EventRuleArgs{}, cloudwatch.EventRuleState{}},
	"cloudwatch/eventTarget":    {cloudwatch.EventTargetArgs{}, cloudwatch.EventTargetState{}},
	"cloudwatch/logGroup":       {cloudwatch.LogGroupArgs{}, cloudwatch.LogGroupState{}},
	"cloudwatch/metricAlarm":    {cloudwatch.MetricAlarmArgs{}, cloudwatch.MetricAlarmState{}},
	"ec2/defaultSecurityGroup":  {ec2.DefaultSecurityGroupArgs{}, ec2.DefaultSecurityGroupState{}},
	"ec2/internetGateway":       {ec2.InternetGatewayArgs{}, ec2.InternetGatewayState{}},
	"ec2/route":                 {ec2.RouteArgs{}, ec2.RouteState{}},
	"ec2/routeTable":            {ec2.RouteTableArgs{}, ec2.RouteTableState{}},
	"ec2/routeTableAssociation": {ec2.RouteTableAssociationArgs{}, ec2.RouteTableAssociationState{}},
	"ec2/securityGroup":         {ec2.SecurityGroupArgs{}, ec2.SecurityGroupState{}},
	"ec2/subnet":                {ec2.SubnetArgs{}, ec2.SubnetState{}},
	"ec2/vpc":                   {ec2.VpcArgs{}, ec2.VpcState{}},
	"vpc/securityGroupEgressRule": {vpc.SecurityGroupEgressRuleArgs{},
		vpc.SecurityGroupEgressRuleState{}},
	"vpc/securityGroupIngressRule": {vpc.SecurityGroupIngressRuleArgs{},
		vpc.SecurityGroupIngressRuleState{}},
	"ecr/lifecyclePolicy": {ecr.LifecyclePolicyArgs{}, ecr.LifecyclePolicyState{}},
	"ecr/repository":      {ecr.RepositoryArgs{}, ecr.RepositoryState{}},
	"ecs/cluster":         {ecs.ClusterArgs{}, ecs.ClusterState{}},
	"ecs/clusterCapacityProviders": {ecs.ClusterCapacityProvidersArgs{},
		ecs.ClusterCapacityProvidersState{}},
	"ecs/service":        {ecs.ServiceArgs{}, ecs.ServiceState{}},
	"ecs/taskDefinition": {ecs.TaskDefinitionArgs{}, ecs.TaskDefinitionState{}},
	"elasticache/replicationGroup": {elasticache.ReplicationGroupArgs{},
		elasticache.ReplicationGroupState{}},
	"elasticache/subnetGroup":    {elasticache.SubnetGroupArgs{}, elasticache.SubnetGroupState{}},
	"iam/role":                   {iam.RoleArgs{}, iam.RoleState{}},
	"iam/rolePolicy":             {iam.RolePolicyArgs{}, iam.RolePolicyState{}},
	"iam/rolePolicyAttachment":   {iam.RolePolicyAttachmentArgs{}, iam.RolePolicyAttachmentState{}},
	"rds/instance":               {rds.InstanceArgs{}, rds.InstanceState{}},
	"rds/parameterGroup":         {rds.ParameterGroupArgs{}, rds.ParameterGroupState{}},
	"rds/subnetGroup":            {rds.SubnetGroupArgs{}, rds.SubnetGroupState{}},
	"iam/openIdConnectProvider":  {iam.OpenIdConnectProviderArgs{}, iam.OpenIdConnectProviderState{}},
	"iam/policy":                 {iam.PolicyArgs{}, iam.PolicyState{}},
	"kms/alias":                  {kms.AliasArgs{}, kms.AliasState{}},
	"kms/key":                    {kms.KeyArgs{}, kms.KeyState{}},
	"s3/bucketPolicy":            {s3.BucketPolicyArgs{}, s3.BucketPolicyState{}},
	"s3/bucketPublicAccessBlock": {s3.BucketPublicAccessBlockArgs{}, s3.BucketPublicAccessBlockState{}},
	"s3/bucketServerSideEncryptionConfigurationV2": {s3.BucketServerSideEncryptionConfigurationV2Args{},
		s3.BucketServerSideEncryptionConfigurationV2State{}},
	"s3/bucketV2":                   {s3.BucketV2Args{}, s3.BucketV2State{}},
	"s3/bucketVersioningV2":         {s3.BucketVersioningV2Args{}, s3.BucketVersioningV2State{}},
	"sns/topic":                     {sns.TopicArgs{}, sns.TopicState{}},
	"sns/topicSubscription":         {sns.TopicSubscriptionArgs{}, sns.TopicSubscriptionState{}},
	"ssm/parameter":                 {ssm.ParameterArgs{}, ssm.ParameterState{}},
	"index/getAvailabilityZones":    {aws.GetAvailabilityZonesArgs{}, aws.GetAvailabilityZonesResult{}},
	"index/getCallerIdentity":       {aws.GetCallerIdentityArgs{}, aws.GetCallerIdentityResult{}},
	"ec2/getSubnet":                 {ec2.LookupSubnetArgs{}, ec2.LookupSubnetResult{}},
	"ec2/getSubnets":                {ec2.GetSubnetsArgs{}, ec2.GetSubnetsResult{}},
	"ec2/getVpcs":                   {ec2.GetVpcsArgs{}, ec2.GetVpcsResult{}},
	"ecs/getService":                {ecs.LookupServiceArgs{}, ecs.LookupServiceResult{}},
	"elasticache/getCluster":        {elasticache.LookupClusterArgs{}, elasticache.LookupClusterResult{}},
	"iam/getPolicy":                 {iam.LookupPolicyArgs{}, iam.LookupPolicyResult{}},
	"iam/getRole":                   {iam.LookupRoleArgs{}, iam.LookupRoleResult{}},
	"iam/getRoles":                  {iam.GetRolesArgs{}, iam.GetRolesResult{}},
	"servicequotas/getServiceQuota": {servicequotas.LookupServiceQuotaArgs{}, servicequotas.LookupServiceQuotaResult{}},
	"cloudwatch/getLogGroup":        {cloudwatch.LookupLogGroupArgs{}, cloudwatch.LookupLogGroupResult{}},
	"cloudwatch/getLogGroups":       {cloudwatch.GetLogGroupsArgs{}, cloudwatch.GetLogGroupsResult{}},
	"rds/getEngineVersion":          {rds.GetEngineVersionArgs{}, rds.GetEngineVersionResult{}},
	"rds/getInstance":               {rds.LookupInstanceArgs{}, rds.LookupInstanceResult{}},
	"rds/getInstances":              {rds.GetInstancesArgs{}, rds.GetInstancesResult{}},
	"resourcegroupstaggingapi/getResources": {resourcegroupstaggingapi.GetResourcesArgs{},
		resourcegroupstaggingapi.GetResourcesResult{}},
	"rds/getSnapshot":         {rds.LookupSnapshotArgs{}, rds.LookupSnapshotResult{}},
	"ssm/getParametersByPath": {ssm.GetParametersByPathArgs{}, ssm.GetParametersByPathResult{}},
	"sfn/stateMachine":        {sfn.StateMachineArgs{}, sfn.StateMachineState{}},
}

// tokenOf returns the token "aws:ecs/service:Service" of "ecs/service", or "aws:ecs/getService:getService" of
// "ecs/getService".
func tokenOf(key string) string {
	_, name, _ := strings.Cut(key, "/")
	if !strings.HasPrefix(name, "get") {
		name = strings.ToUpper(name[:1]) + name[1:]
	}
	return "aws:" + key + ":" + name
}
