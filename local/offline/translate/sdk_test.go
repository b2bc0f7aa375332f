package translate_test

import (
	"reflect"

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
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sns"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
)

// sdkTypes are the Go SDK's structs for everything in the table: what a program can set, and what it gets.
var sdkTypes = map[string][]reflect.Type{
	"aws:acm/certificate:Certificate":                           {acm.CertificateArgs{}.ElementType(), acm.CertificateState{}.ElementType()},
	"aws:acm/certificateValidation:CertificateValidation":       {acm.CertificateValidationArgs{}.ElementType(), acm.CertificateValidationState{}.ElementType()},
	"aws:lb/listener:Listener":                                  {lb.ListenerArgs{}.ElementType(), lb.ListenerState{}.ElementType()},
	"aws:lb/loadBalancer:LoadBalancer":                          {lb.LoadBalancerArgs{}.ElementType(), lb.LoadBalancerState{}.ElementType()},
	"aws:lb/targetGroup:TargetGroup":                            {lb.TargetGroupArgs{}.ElementType(), lb.TargetGroupState{}.ElementType()},
	"aws:route53/record:Record":                                 {route53.RecordArgs{}.ElementType(), route53.RecordState{}.ElementType()},
	"aws:lb/getLbs:getLbs":                                      {reflect.TypeFor[lb.GetLbsArgs](), reflect.TypeFor[lb.GetLbsResult]()},
	"aws:lb/getLoadBalancer:getLoadBalancer":                    {reflect.TypeFor[lb.LookupLoadBalancerArgs](), reflect.TypeFor[lb.LookupLoadBalancerResult]()},
	"aws:s3/getObjects:getObjects":                              {reflect.TypeFor[s3.GetObjectsArgs](), reflect.TypeFor[s3.GetObjectsResult]()},
	"aws:route53/getZone:getZone":                               {reflect.TypeFor[route53.LookupZoneArgs](), reflect.TypeFor[route53.LookupZoneResult]()},
	"aws:appautoscaling/policy:Policy":                          {appautoscaling.PolicyArgs{}.ElementType(), appautoscaling.PolicyState{}.ElementType()},
	"aws:appautoscaling/target:Target":                          {appautoscaling.TargetArgs{}.ElementType(), appautoscaling.TargetState{}.ElementType()},
	"aws:appautoscaling/scheduledAction:ScheduledAction":        {appautoscaling.ScheduledActionArgs{}.ElementType(), appautoscaling.ScheduledActionState{}.ElementType()},
	"aws:scheduler/scheduleGroup:ScheduleGroup":                 {scheduler.ScheduleGroupArgs{}.ElementType(), scheduler.ScheduleGroupState{}.ElementType()},
	"aws:scheduler/schedule:Schedule":                           {scheduler.ScheduleArgs{}.ElementType(), scheduler.ScheduleState{}.ElementType()},
	"aws:ecs/getClusters:getClusters":                           {reflect.TypeFor[struct{}](), reflect.TypeFor[ecs.GetClustersResult]()},
	"aws:budgets/budget:Budget":                                 {budgets.BudgetArgs{}.ElementType(), budgets.BudgetState{}.ElementType()},
	"aws:cloudwatch/dashboard:Dashboard":                        {cloudwatch.DashboardArgs{}.ElementType(), cloudwatch.DashboardState{}.ElementType()},
	"aws:cloudwatch/eventRule:EventRule":                        {cloudwatch.EventRuleArgs{}.ElementType(), cloudwatch.EventRuleState{}.ElementType()},
	"aws:cloudwatch/eventTarget:EventTarget":                    {cloudwatch.EventTargetArgs{}.ElementType(), cloudwatch.EventTargetState{}.ElementType()},
	"aws:cloudwatch/logGroup:LogGroup":                          {cloudwatch.LogGroupArgs{}.ElementType(), cloudwatch.LogGroupState{}.ElementType()},
	"aws:cloudwatch/metricAlarm:MetricAlarm":                    {cloudwatch.MetricAlarmArgs{}.ElementType(), cloudwatch.MetricAlarmState{}.ElementType()},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         {ec2.DefaultSecurityGroupArgs{}.ElementType(), ec2.DefaultSecurityGroupState{}.ElementType()},
	"aws:ec2/internetGateway:InternetGateway":                   {ec2.InternetGatewayArgs{}.ElementType(), ec2.InternetGatewayState{}.ElementType()},
	"aws:ec2/route:Route":                                       {ec2.RouteArgs{}.ElementType(), ec2.RouteState{}.ElementType()},
	"aws:ec2/routeTable:RouteTable":                             {ec2.RouteTableArgs{}.ElementType(), ec2.RouteTableState{}.ElementType()},
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       {ec2.RouteTableAssociationArgs{}.ElementType(), ec2.RouteTableAssociationState{}.ElementType()},
	"aws:ec2/securityGroup:SecurityGroup":                       {ec2.SecurityGroupArgs{}.ElementType(), ec2.SecurityGroupState{}.ElementType()},
	"aws:ec2/subnet:Subnet":                                     {ec2.SubnetArgs{}.ElementType(), ec2.SubnetState{}.ElementType()},
	"aws:ec2/vpc:Vpc":                                           {ec2.VpcArgs{}.ElementType(), ec2.VpcState{}.ElementType()},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {vpc.SecurityGroupEgressRuleArgs{}.ElementType(), vpc.SecurityGroupEgressRuleState{}.ElementType()},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {vpc.SecurityGroupIngressRuleArgs{}.ElementType(), vpc.SecurityGroupIngressRuleState{}.ElementType()},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   {ecr.LifecyclePolicyArgs{}.ElementType(), ecr.LifecyclePolicyState{}.ElementType()},
	"aws:ecr/repository:Repository":                             {ecr.RepositoryArgs{}.ElementType(), ecr.RepositoryState{}.ElementType()},
	"aws:ecs/cluster:Cluster":                                   {ecs.ClusterArgs{}.ElementType(), ecs.ClusterState{}.ElementType()},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {ecs.ClusterCapacityProvidersArgs{}.ElementType(), ecs.ClusterCapacityProvidersState{}.ElementType()},
	"aws:ecs/service:Service":                                   {ecs.ServiceArgs{}.ElementType(), ecs.ServiceState{}.ElementType()},
	"aws:ecs/taskDefinition:TaskDefinition":                     {ecs.TaskDefinitionArgs{}.ElementType(), ecs.TaskDefinitionState{}.ElementType()},
	"aws:elasticache/replicationGroup:ReplicationGroup":         {elasticache.ReplicationGroupArgs{}.ElementType(), elasticache.ReplicationGroupState{}.ElementType()},
	"aws:elasticache/subnetGroup:SubnetGroup":                   {elasticache.SubnetGroupArgs{}.ElementType(), elasticache.SubnetGroupState{}.ElementType()},
	"aws:iam/role:Role":                                         {iam.RoleArgs{}.ElementType(), iam.RoleState{}.ElementType()},
	"aws:iam/rolePolicy:RolePolicy":                             {iam.RolePolicyArgs{}.ElementType(), iam.RolePolicyState{}.ElementType()},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment":         {iam.RolePolicyAttachmentArgs{}.ElementType(), iam.RolePolicyAttachmentState{}.ElementType()},
	"aws:rds/instance:Instance":                                 {rds.InstanceArgs{}.ElementType(), rds.InstanceState{}.ElementType()},
	"aws:rds/parameterGroup:ParameterGroup":                     {rds.ParameterGroupArgs{}.ElementType(), rds.ParameterGroupState{}.ElementType()},
	"aws:rds/subnetGroup:SubnetGroup":                           {rds.SubnetGroupArgs{}.ElementType(), rds.SubnetGroupState{}.ElementType()},
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider":       {iam.OpenIdConnectProviderArgs{}.ElementType(), iam.OpenIdConnectProviderState{}.ElementType()},
	"aws:iam/policy:Policy":                                     {iam.PolicyArgs{}.ElementType(), iam.PolicyState{}.ElementType()},
	"aws:kms/alias:Alias":                                       {kms.AliasArgs{}.ElementType(), kms.AliasState{}.ElementType()},
	"aws:kms/key:Key":                                           {kms.KeyArgs{}.ElementType(), kms.KeyState{}.ElementType()},
	"aws:s3/bucketPolicy:BucketPolicy":                          {s3.BucketPolicyArgs{}.ElementType(), s3.BucketPolicyState{}.ElementType()},
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock":    {s3.BucketPublicAccessBlockArgs{}.ElementType(), s3.BucketPublicAccessBlockState{}.ElementType()},
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": {s3.BucketServerSideEncryptionConfigurationV2Args{}.ElementType(), s3.BucketServerSideEncryptionConfigurationV2State{}.ElementType()},
	"aws:s3/bucketV2:BucketV2":                               {s3.BucketV2Args{}.ElementType(), s3.BucketV2State{}.ElementType()},
	"aws:s3/bucketVersioningV2:BucketVersioningV2":           {s3.BucketVersioningV2Args{}.ElementType(), s3.BucketVersioningV2State{}.ElementType()},
	"aws:sns/topic:Topic":                                    {sns.TopicArgs{}.ElementType(), sns.TopicState{}.ElementType()},
	"aws:sns/topicSubscription:TopicSubscription":            {sns.TopicSubscriptionArgs{}.ElementType(), sns.TopicSubscriptionState{}.ElementType()},
	"aws:ssm/parameter:Parameter":                            {ssm.ParameterArgs{}.ElementType(), ssm.ParameterState{}.ElementType()},
	"aws:index/getAvailabilityZones:getAvailabilityZones":    {reflect.TypeFor[aws.GetAvailabilityZonesArgs](), reflect.TypeFor[aws.GetAvailabilityZonesResult]()},
	"aws:index/getCallerIdentity:getCallerIdentity":          {reflect.TypeFor[aws.GetCallerIdentityArgs](), reflect.TypeFor[aws.GetCallerIdentityResult]()},
	"aws:ec2/getSubnet:getSubnet":                            {reflect.TypeFor[ec2.LookupSubnetArgs](), reflect.TypeFor[ec2.LookupSubnetResult]()},
	"aws:ec2/getSubnets:getSubnets":                          {reflect.TypeFor[ec2.GetSubnetsArgs](), reflect.TypeFor[ec2.GetSubnetsResult]()},
	"aws:ec2/getVpcs:getVpcs":                                {reflect.TypeFor[ec2.GetVpcsArgs](), reflect.TypeFor[ec2.GetVpcsResult]()},
	"aws:ecs/getService:getService":                          {reflect.TypeFor[ecs.LookupServiceArgs](), reflect.TypeFor[ecs.LookupServiceResult]()},
	"aws:elasticache/getCluster:getCluster":                  {reflect.TypeFor[elasticache.LookupClusterArgs](), reflect.TypeFor[elasticache.LookupClusterResult]()},
	"aws:iam/getRole:getRole":                                {reflect.TypeFor[iam.LookupRoleArgs](), reflect.TypeFor[iam.LookupRoleResult]()},
	"aws:iam/getRoles:getRoles":                              {reflect.TypeFor[iam.GetRolesArgs](), reflect.TypeFor[iam.GetRolesResult]()},
	"aws:cloudwatch/getLogGroup:getLogGroup":                 {reflect.TypeFor[cloudwatch.LookupLogGroupArgs](), reflect.TypeFor[cloudwatch.LookupLogGroupResult]()},
	"aws:cloudwatch/getLogGroups:getLogGroups":               {reflect.TypeFor[cloudwatch.GetLogGroupsArgs](), reflect.TypeFor[cloudwatch.GetLogGroupsResult]()},
	"aws:ecr/getRepository:getRepository":                    {reflect.TypeFor[ecr.LookupRepositoryArgs](), reflect.TypeFor[ecr.LookupRepositoryResult]()},
	"aws:ecr/getRepositories:getRepositories":                {reflect.TypeFor[struct{}](), reflect.TypeFor[ecr.GetRepositoriesResult]()},
	"aws:ecs/getCluster:getCluster":                          {reflect.TypeFor[ecs.LookupClusterArgs](), reflect.TypeFor[ecs.LookupClusterResult]()},
	"aws:rds/getEngineVersion:getEngineVersion":              {reflect.TypeFor[rds.GetEngineVersionArgs](), reflect.TypeFor[rds.GetEngineVersionResult]()},
	"aws:rds/getInstance:getInstance":                        {reflect.TypeFor[rds.LookupInstanceArgs](), reflect.TypeFor[rds.LookupInstanceResult]()},
	"aws:rds/getInstances:getInstances":                      {reflect.TypeFor[rds.GetInstancesArgs](), reflect.TypeFor[rds.GetInstancesResult]()},
	"aws:resourcegroupstaggingapi/getResources:getResources": {reflect.TypeFor[resourcegroupstaggingapi.GetResourcesArgs](), reflect.TypeFor[resourcegroupstaggingapi.GetResourcesResult]()},
	"aws:rds/getSnapshot:getSnapshot":                        {reflect.TypeFor[rds.LookupSnapshotArgs](), reflect.TypeFor[rds.LookupSnapshotResult]()},
	"aws:ssm/getParametersByPath:getParametersByPath":        {reflect.TypeFor[ssm.GetParametersByPathArgs](), reflect.TypeFor[ssm.GetParametersByPathResult]()},
	"aws:sfn/stateMachine:StateMachine":                      {sfn.StateMachineArgs{}.ElementType(), sfn.StateMachineState{}.ElementType()},
}
